package io.safelight.lifecycle;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Unavailable;
import io.safelight.testing.HalfAnswer;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataApiTest {
    @Test
    void metadataThatFallsSilentInTheMidstOfAnAnswerIsUnavailable() {
        try (HalfAnswer server = new HalfAnswer()) {
            MetadataApi metadata = new MetadataApi(server.address(), Duration.ofMillis(300));

            String told = assertThrows(Unavailable.class, () -> metadata.reconciliation(UUID.randomUUID())).getMessage();

            assertTrue(told.startsWith("Metadata did not answer at " + server.address()), told);
        }
    }
}

package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** That a surge comes and goes as it should, and that workers follow the scaler as replicas do. */
class SurgeTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void uploadsAreFewThenManyThenFewAgain() {
        Pace pace = Surge.Command.parse().pace();
        assertEquals(0, pace.due(Duration.ZERO));
        assertEquals(50, pace.due(Duration.ofMinutes(1)));
        assertEquals(100, pace.due(Duration.ofMinutes(2)));
        assertEquals(2_100, pace.due(Duration.ofMinutes(3)));
        assertEquals(6_100, pace.due(pace.end()));
        assertEquals(6_150, pace.due(pace.end().plusMinutes(1)));
    }

    @Test
    void replicasRiseAtOnceAndAreNeverMoreThanMayRun() {
        Replicas replicas = new Replicas(1, 4);
        assertEquals(1, replicas.next(NOW, 0, 10));
        assertEquals(3, replicas.next(NOW.plusSeconds(5), 21, 10));
        assertEquals(4, replicas.next(NOW.plusSeconds(10), 2_000, 10));
        assertEquals(4, replicas.asked());
    }

    @Test
    void replicasGoOneByOneOnceNobodyAskedForThemLately() {
        Replicas replicas = new Replicas(1, 4);
        assertEquals(4, replicas.next(NOW, 40, 10));
        Instant asked = NOW.plus(Replicas.STABILISED);
        assertEquals(4, replicas.next(asked, 0, 10), "asked for within the time");
        Instant later = asked.plusSeconds(1);
        assertEquals(3, replicas.next(later, 0, 10));
        assertEquals(3, replicas.next(later.plusSeconds(5), 0, 10), "one has just gone");
        assertEquals(2, replicas.next(later.plus(Replicas.ONE_GOES_EVERY), 0, 10));
        assertEquals(3, replicas.next(later.plus(Replicas.ONE_GOES_EVERY).plusSeconds(5), 30, 10));
    }

    @Test
    void aWrongCommandLineIsRefusedWithWordsThatHelp() {
        assertTrue(refusal("--minutes", "0").contains("such as 3"));
        assertTrue(refusal("--surge", "20").contains("--base"));
        assertTrue(refusal("--workers", "many").contains("1 to 50"));
        assertTrue(refusal("--kills", "3").contains("--surge N"));
    }

    private static String refusal(String... args) {
        return assertThrows(Options.Refused.class, () -> Surge.Command.parse(args)).getMessage();
    }
}

package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelWatchTest {
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Integer> exits = new ArrayList<>();
    private final ModelWatch watch = new ModelWatch(meters, "m@1", exits::add);

    @Test
    void countsBatchesInPrometheusWords() {
        watch.ran(List.of(Duration.ofMillis(250), Duration.ofMillis(750)), Duration.ofMillis(125));

        String scraped = meters.scrape().replace(",}", "}");
        for (String line : List.of("moderation_batch_size_sum{model=\"m@1\"} 2.0", "moderation_batch_size_count{model=\"m@1\"} 1.0",
                "moderation_queue_seconds_sum{model=\"m@1\"} 1.0", "moderation_queue_seconds_count{model=\"m@1\"} 2.0",
                "moderation_inference_seconds_sum{model=\"m@1\"} 0.125")) {
            assertTrue(scraped.contains(line), scraped);
        }
    }

    @Test
    void asksForANewProcessWhereACardFailsOrIsFull() {
        watch.failed(new Unavailable("broken", null));
        watch.failed(new Unavailable(Code.OUT_OF_MEMORY, "full", null));
        assertEquals(List.of(75, 75), exits);
    }

    @Test
    void aCandidateThatFailsIsCountedAndEndsNoProcess() {
        new ModelWatch(meters, "next@2").failed(new Unavailable(Code.OUT_OF_MEMORY, "full", null));
        assertEquals(1, meters.get("moderation.failures").tag("model", "next@2").counter().count());
        assertEquals(0, meters.get("moderation.failures").tag("model", "m@1").counter().count());
        assertEquals(List.of(), exits);
    }
}

package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.catalog.DeadLetters.Tally;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeadLetterWatchTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final DeadLetterWatch watch = new DeadLetterWatch(meters);

    private double open(String queue, String cause) {
        return meters.get("dead.letters.open").tags("queue", queue, "cause", cause).gauge().value();
    }

    @Test
    void openLettersAreToldByQueueAndCauseAndGoneWhenThereAreNone() {
        watch.open(List.of(new Tally("processing", "Fault", 20, Instant.now().minusSeconds(60)), new Tally("moderation", "Unavailable", 5, Instant.now().minusSeconds(90))));

        assertEquals(20, open("processing", "Fault"));
        assertEquals(5, open("moderation", "Unavailable"));
        assertTrue(meters.get("dead.letters.oldest.age").gauge().value() >= 90);

        watch.open(List.of());
        assertEquals(0, meters.find("dead.letters.open").gauges().size());
        assertEquals(0, meters.get("dead.letters.oldest.age").gauge().value());
    }

    @Test
    void ofManyCausesTheRareOnesAreOneOtherOfTheirQueue() {
        watch.open(Stream.concat(IntStream.range(0, 30).mapToObj(i -> new Tally("processing", "Cause" + i, 9, Instant.EPOCH)),
                IntStream.range(30, 500).mapToObj(i -> new Tally(i % 2 == 0 ? "processing" : "metadata", "Cause" + i, 1, Instant.EPOCH))).toList());

        assertEquals(32, meters.find("dead.letters.open").gauges().size());
        assertEquals(235, open("processing", "other"));
        assertEquals(235, open("metadata", "other"));
    }

    @Test
    void whatBecomesOfThemIsCounted() {
        watch.buried();
        watch.replayed();
        watch.discarded();
        for (String what : List.of("buried", "replayed", "discarded")) {
            assertEquals(1, meters.get("dead.letters." + what).counter().count());
        }
    }
}

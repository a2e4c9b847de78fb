package io.safelight.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.model.Ids;
import io.safelight.model.Step;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final Instant NOON = Instant.parse("2025-06-01T12:00:00Z");

    @Test
    void gapsAreWaitingAndOverlapsCountOnce() {
        Timeline t = timeline(step("receive", 0, 10), step("process", 5, 30), step("inner", 12, 20), step("scan", 50, 60));
        assertEquals(List.of("work receive 10", "work process 20", "work inner 0", "wait scan 20", "work scan 10"),
                t.entries().stream().map(e -> e.kind() + " " + e.name() + " " + e.ms()).toList());
        assertEquals(60, t.totalMs());
    }

    @Test
    void aStepThatEndsBeforeItBeganTakesNoTime() {
        assertEquals(0, timeline(step("receive", 10, 5)).totalMs());
    }

    @Test
    void nothingKnownIsAnEmptyTimeline() {
        assertEquals(List.of(), timeline().entries());
        assertEquals(0, timeline().totalMs());
    }

    @Test
    void theEntriesOfAnyStepsAddUp() {
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            Step[] steps = IntStream.range(0, 1 + random.nextInt(8)).mapToObj(i -> {
                Instant from = NOON.plusNanos(random.nextInt(50_000_000));
                return new Step("s" + i, from, from.plusNanos(random.nextInt(20_000_000) - 2_000_000));
            }).sorted(Comparator.comparing(Step::from)).toArray(Step[]::new);
            Timeline t = timeline(steps);
            assertEquals(t.totalMs(), t.entries().stream().mapToLong(Timeline.Entry::ms).sum());
            Instant end = t.from();
            for (Timeline.Entry e : t.entries()) {
                assertEquals(end, e.from());
                end = e.to();
            }
            assertEquals(end, t.to());
        }
    }

    private static Timeline timeline(Step... steps) {
        return Timeline.of(Ids.timeOrdered(), "t", List.of(steps));
    }

    private static Step step(String name, int from, int to) {
        return new Step(name, NOON.plusMillis(from), NOON.plusMillis(to));
    }
}

package io.safelight.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.Ids;
import io.safelight.model.Step;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
    void whatIsStillWaitedForIsOpenAndLastsUntilNow() {
        Timeline t = waiting("scan", NOON.plusSeconds(10_800), step("receive", 0, 10), step("process", 20, 50));
        assertEquals(List.of("work receive 10 false", "wait process 10 false", "work process 30 false", "wait scan 10799950 true"),
                t.entries().stream().map(e -> e.kind() + " " + e.name() + " " + e.ms() + " " + e.open()).toList());
        assertEquals(10_800_000, t.totalMs());
        assertEquals(NOON.plusSeconds(10_800), t.to());
        assertTrue(t.open());
        assertFalse(timeline(step("receive", 0, 10)).open());
    }

    @Test
    void aWaitThatBeganOnAClockAheadOfOursHasTakenNoTimeYet() {
        Timeline t = waiting("process", NOON, step("receive", 0, 10));
        assertEquals(10, t.totalMs());
        assertEquals(0, t.entries().getLast().ms());
        assertTrue(t.open());
    }

    @Test
    void nothingKnownIsAnEmptyTimeline() {
        assertEquals(List.of(), waiting("receive", NOON).entries());
        assertFalse(waiting("receive", NOON).open());
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
        return Timeline.of(Ids.timeOrdered(), "t", List.of(steps), Optional.empty(), NOON);
    }

    private static Timeline waiting(String awaited, Instant now, Step... steps) {
        return Timeline.of(Ids.timeOrdered(), "t", List.of(steps), Optional.of(awaited), now);
    }

    private static Step step(String name, int from, int to) {
        return new Step(name, NOON.plusMillis(from), NOON.plusMillis(to));
    }
}

package io.safelight.catalog;

import static java.time.temporal.ChronoUnit.MILLIS;

import io.safelight.model.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Where an image's time went. The entries follow each other without gap or overlap, so their milliseconds add up to the
 * wall time from the first step's begin to the last one's end; of an image that still waits for something, to now.
 *
 * @param from null where no work is known yet
 */
public record Timeline(UUID id, String trace, Instant from, Instant to, long totalMs, List<Entry> entries) {

    /**
     * @param name of the step, or of the step that was waited for
     * @param kind {@code work} or {@code wait}
     * @param open whether it is still waited for, and {@code to} is when this was asked
     */
    public record Entry(String name, String kind, Instant from, Instant to, long ms, boolean open) {
        static Entry of(String name, String kind, Instant from, Instant to, boolean open) {
            return new Entry(name, kind, from, to, Duration.between(from, to).toMillis(), open);
        }
    }

    /**
     * @param steps   in the order they began; those of different machines may overlap as their clocks do
     * @param awaited the step that the image waits for now; empty where it came to rest
     */
    static Timeline of(UUID id, String trace, List<Step> steps, Optional<String> awaited, Instant now) {
        if (steps.isEmpty()) {
            return new Timeline(id, trace, null, null, 0, List.of());
        }
        List<Entry> entries = new ArrayList<>();
        Instant from = steps.getFirst().from().truncatedTo(MILLIS);
        Instant covered = from;
        for (Step step : steps) {
            Instant begin = later(step.from().truncatedTo(MILLIS), covered);
            Instant end = later(step.to().truncatedTo(MILLIS), begin);
            if (begin.isAfter(covered)) {
                entries.add(Entry.of(step.name(), "wait", covered, begin, false));
            }
            entries.add(Entry.of(step.name(), "work", begin, end, false));
            covered = end;
        }
        if (awaited.isPresent()) {
            Instant end = later(now.truncatedTo(MILLIS), covered);
            entries.add(Entry.of(awaited.get(), "wait", covered, end, true));
            covered = end;
        }
        return new Timeline(id, trace, from, covered, Duration.between(from, covered).toMillis(), entries);
    }

    /** Whether the image still waits for something. */
    public boolean open() {
        return !entries.isEmpty() && entries.getLast().open();
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}

package io.safelight.catalog;

import static java.time.temporal.ChronoUnit.MILLIS;

import io.safelight.model.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Where an image's time went. The entries follow each other without gap or overlap, so their milliseconds add up to the
 * wall time from the first step's begin to the last one's end.
 *
 * @param from null where no work is known yet
 */
public record Timeline(UUID id, String trace, Instant from, Instant to, long totalMs, List<Entry> entries) {

    /** @param name of the step, or of the step that was waited for @param kind {@code work} or {@code wait} */
    public record Entry(String name, String kind, Instant from, Instant to, long ms) {
        static Entry of(String name, String kind, Instant from, Instant to) {
            return new Entry(name, kind, from, to, Duration.between(from, to).toMillis());
        }
    }

    /** @param steps in the order they began; those of different machines may overlap as their clocks do */
    static Timeline of(UUID id, String trace, List<Step> steps) {
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
                entries.add(Entry.of(step.name(), "wait", covered, begin));
            }
            entries.add(Entry.of(step.name(), "work", begin, end));
            covered = end;
        }
        return new Timeline(id, trace, from, covered, Duration.between(from, covered).toMillis(), entries);
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}

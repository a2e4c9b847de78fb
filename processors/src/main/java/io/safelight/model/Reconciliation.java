package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * One comparison of the object store with the database, as far as it has come.
 *
 * @param by       who asked; null where the clock did
 * @param age      what is younger is left alone
 * @param worker   who is at it; null before anybody is
 * @param reached  the last image that was looked at, in the order of ids
 * @param looked   how many were
 * @param findings those kinds that were found, the gravest first
 * @param ended    null while it goes on
 */
public record Reconciliation(UUID id, Instant asked, String by, boolean mend, @JsonFormat(shape = JsonFormat.Shape.STRING) Duration age, UUID worker,
                             UUID reached, long looked, List<Found> findings, Instant ended) {
    public Reconciliation {
        findings = findings == null ? List.of() : List.copyOf(findings);
    }

    /** @param first some of them, to begin looking at */
    public record Found(Discrepancy.Kind kind, long found, long mended, List<Example> first) {
        public Found {
            first = first == null ? List.of() : List.copyOf(first);
        }
    }

    public record Example(UUID id, String what) {}

    public long left() {
        return findings.stream().mapToLong(f -> f.found() - f.mended()).sum();
    }
}

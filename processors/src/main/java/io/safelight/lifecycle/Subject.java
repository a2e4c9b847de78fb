package io.safelight.lifecycle;

import io.safelight.model.Manifest;
import io.safelight.model.Standing;
import io.safelight.store.Keys;
import io.safelight.store.Stored;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * All there is of one image, on both sides.
 *
 * @param row      null where the database has none
 * @param hidden   objects of the private bucket by key, but for {@code incoming/}
 * @param open     objects of the public bucket by key
 * @param manifest as it was read; null where there is none
 */
record Subject(UUID id, Standing row, Map<String, Stored> hidden, Map<String, Stored> open, Manifest manifest) {
    static Subject of(UUID id) {
        return new Subject(id, null, new TreeMap<>(), new TreeMap<>(), null);
    }

    Subject with(Standing row) {
        return new Subject(id, row, hidden, open, manifest);
    }

    Subject with(Manifest manifest) {
        return new Subject(id, row, hidden, open, manifest);
    }

    boolean hasOriginal() {
        return hidden.containsKey(Keys.raw(id));
    }

    boolean hasManifest() {
        return open.containsKey(Manifest.key(id));
    }

    /** When anything of it was last written. */
    Instant touched() {
        return Stream.concat(Stream.concat(hidden.values().stream(), open.values().stream()).map(Stored::modified),
                Stream.ofNullable(row).map(Standing::changed)).max(Instant::compareTo).orElse(Instant.EPOCH);
    }
}

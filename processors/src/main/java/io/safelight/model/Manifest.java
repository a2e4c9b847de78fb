package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the public bucket offers of one image, at {@code {id}/manifest.json}: written last, so that everything it names is
 * there. A withdrawn image leaves a tombstone: {@code withdrawnAt} is set and no variant is named. So does one that was taken
 * down by a later decision, with {@code takenDownAt}; that one may come back.
 *
 * @param v           version of this layout, 1
 * @param fence       of the decision it came of, by an older one of which it is not written over; 0 on the tombstone of a withdrawal, which nothing overwrites
 * @param publishedAt null on a tombstone
 * @param withdrawnAt null unless this is the tombstone of a withdrawal
 * @param takenDownAt null unless the image may not be shown for now
 * @param trace       id of the image's trace, for the log of who serves it; null on a tombstone
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(int v, UUID id, @JsonInclude(JsonInclude.Include.NON_DEFAULT) long fence, Instant publishedAt, Instant withdrawnAt, Instant takenDownAt, String trace,
                       List<Entry> variants) {
    public static final int VERSION = 1;

    /** @param sha256 of the bytes, lower-case hex @param key in the public bucket */
    public record Entry(String name, Format format, String contentType, int width, int height, long bytes, String sha256,
                        String key) {
        static Entry of(Variant v) {
            return new Entry(v.name(), v.format(), v.format().contentType(), v.width(), v.height(), v.bytes(), v.sha256(),
                    v.publicKey());
        }
    }

    public Manifest {
        variants = variants == null ? List.of() : List.copyOf(variants);
    }

    public static Manifest of(UUID id, Instant publishedAt, List<Variant> variants) {
        return new Manifest(VERSION, id, 0, publishedAt, null, null, null, variants.stream().map(Entry::of).toList());
    }

    public static Manifest tombstone(UUID id, Instant withdrawnAt) {
        return new Manifest(VERSION, id, 0, null, withdrawnAt, null, null, List.of());
    }

    public static Manifest takenDown(UUID id, Instant takenDownAt) {
        return new Manifest(VERSION, id, 0, null, null, takenDownAt, null, List.of());
    }

    /** What shows nothing and that any decision may overwrite: in place of one that cannot be read. */
    private static Manifest unreadable(UUID id) {
        return new Manifest(0, id, 0, null, null, null, null, List.of());
    }

    /** Whatever lies at a manifest's key: what is no manifest names no variant, and is no tombstone either. */
    public static Manifest read(UUID id, byte[] json) {
        try {
            Manifest manifest = Json.MAPPER.readValue(json, Manifest.class);
            return manifest == null || !id.equals(manifest.id) ? unreadable(id) : manifest;
        } catch (IOException e) {
            return unreadable(id);
        }
    }

    /** Whether serving shows anything by it. */
    public boolean shows() {
        return !withdrawn() && !takenDown() && !variants.isEmpty();
    }

    public Manifest fenced(long fence) {
        return new Manifest(v, id, fence, publishedAt, withdrawnAt, takenDownAt, trace, variants);
    }

    public Manifest traced(String trace) {
        return new Manifest(v, id, fence, publishedAt, withdrawnAt, takenDownAt, trace, variants);
    }

    /** What is made on the fly is made of it; no name for it is served. */
    public Optional<Entry> source() {
        return variants.stream().filter(v -> v.name().equals(Variant.SOURCE)).findFirst();
    }

    public static String key(UUID id) {
        return id + "/manifest.json";
    }

    @JsonIgnore
    public boolean withdrawn() {
        return withdrawnAt != null;
    }

    @JsonIgnore
    public boolean takenDown() {
        return takenDownAt != null;
    }
}

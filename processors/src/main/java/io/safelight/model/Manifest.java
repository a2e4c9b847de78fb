package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the public bucket offers of one image, at {@code {id}/manifest.json}: written last, so that everything it names is
 * there. A withdrawn image leaves a tombstone: {@code withdrawnAt} is set and no variant is named.
 *
 * @param v           version of this layout, 1
 * @param publishedAt null on a tombstone
 * @param withdrawnAt null unless this is a tombstone
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(int v, UUID id, Instant publishedAt, Instant withdrawnAt, List<Entry> variants) {
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
        return new Manifest(VERSION, id, publishedAt, null, variants.stream().map(Entry::of).toList());
    }

    public static Manifest tombstone(UUID id, Instant withdrawnAt) {
        return new Manifest(VERSION, id, null, withdrawnAt, List.of());
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
}

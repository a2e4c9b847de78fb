package io.safelight.model;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What the database says of an image, as far as it can be compared with the object store.
 *
 * @param changed  when anything was last written of it that may be at work still
 * @param accepted whether the original was announced
 * @param seen     whether a model has looked at the present master
 * @param nudged   whether it was found standing still since its state last changed
 * @param erased   whether the objects of a withdrawn image were deleted
 * @param fence    of the newest decision that this database knows of, of any image
 * @param variants as they were rendered last, the source among them
 */
public record Standing(UUID id, State state, Instant created, Instant changed, boolean accepted, boolean seen, boolean nudged, boolean erased,
                       long fence, List<Variant> variants) {
    public Standing {
        variants = variants == null ? List.of() : List.copyOf(variants);
    }
}

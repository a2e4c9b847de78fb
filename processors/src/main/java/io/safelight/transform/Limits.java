package io.safelight.transform;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Size;

/**
 * How large an image may be, in the decoder's own words: validation has read the header too, and a file may tell two readers two things.
 *
 * @param decodedBytes of all frames together
 * @param side         pixels
 */
public record Limits(long decodedBytes, int side) {
    public static final Limits NONE = new Limits(Long.MAX_VALUE, Integer.MAX_VALUE);

    /** @throws Rejected {@code too-many-pixels} */
    public void check(Size size, long bytes) {
        if (Math.max(size.width(), size.height()) > side) {
            throw new Rejected(Code.TOO_MANY_PIXELS, "The image is %,d × %,d pixels and a side may have %,d; scale it down."
                    .formatted(size.width(), size.height(), side));
        }
        if (bytes > decodedBytes) {
            throw new Rejected(Code.TOO_MANY_PIXELS, "The image takes %,d bytes once decoded and at most %,d are allowed; scale it down.".formatted(bytes, decodedBytes));
        }
    }
}

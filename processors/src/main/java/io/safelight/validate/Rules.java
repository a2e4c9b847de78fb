package io.safelight.validate;

import io.safelight.model.Format;
import java.util.Set;

/**
 * What is taken in.
 *
 * @param formats         by their magic bytes
 * @param maxBytes        of the file
 * @param maxDecodedBytes of all frames together, once decoded
 * @param maxSide         pixels
 * @param maxFrames       of an animation, or pages
 */
public record Rules(Set<Format> formats, long maxBytes, long maxDecodedBytes, int maxSide, int maxFrames) {
    public Rules {
        formats = Set.copyOf(formats);
    }
}

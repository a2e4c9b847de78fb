package io.safelight.validate;

import io.safelight.model.Format;
import java.time.Duration;
import java.util.Set;

/**
 * What is taken in.
 *
 * @param formats         by their magic bytes
 * @param maxBytes        of the file
 * @param maxDecodedBytes of all frames together, once decoded
 * @param maxSide         pixels
 * @param maxFrames       of an animation, or pages
 * @param maxTime         that an engine may work on it
 */
public record Rules(Set<Format> formats, long maxBytes, long maxDecodedBytes, int maxSide, int maxFrames, Duration maxTime) {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);

    public Rules {
        formats = Set.copyOf(formats);
    }

    /** With half a minute for the engine. */
    public Rules(Set<Format> formats, long maxBytes, long maxDecodedBytes, int maxSide, int maxFrames) {
        this(formats, maxBytes, maxDecodedBytes, maxSide, maxFrames, MAX_TIME);
    }
}

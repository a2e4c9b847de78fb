package io.safelight.transform.vips;

import java.util.stream.Collectors;

/** What libvips wrote into its error buffer. Never leaves this package: the engine knows whose fault it is. */
final class VipsException extends RuntimeException {
    private static final int MOST_LINES = 5;

    /** Whether the machine, not the image, was the reason. */
    final boolean outOfRoom;
    final boolean outOfMemory;

    VipsException(String text) {
        super(text.lines().map(String::strip).distinct().limit(MOST_LINES).collect(Collectors.joining("; ")));
        outOfMemory = text.contains("out of memory");
        outOfRoom = outOfMemory || text.contains("No space left");
    }
}

package io.safelight.transform.vips;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What libvips wrote into its error buffer. Never leaves this package: the engine knows whose fault it is. */
final class VipsException extends RuntimeException {
    private static final int MOST_LINES = 5;
    /** As libvips, libnsgif and libspng say it; libjpeg and libpng; and libtiff, libwebp and others. */
    private static final List<String> NO_MEMORY = List.of("out of memory", "insufficient memory", "cannot allocate", "unable to allocate", "failed to allocate",
            "could not allocate", "allocation failed");

    /** Whether the machine, not the image, was the reason. */
    final boolean outOfRoom;
    final boolean outOfMemory;

    VipsException(String text) {
        super(text.lines().map(String::strip).distinct().limit(MOST_LINES).collect(Collectors.joining("; ")));
        String lower = text.toLowerCase(Locale.ROOT);
        outOfMemory = NO_MEMORY.stream().anyMatch(lower::contains);
        outOfRoom = outOfMemory || lower.contains("no space left");
    }
}

package io.safelight.transform.vips;

/** What libvips wrote into its error buffer. Never leaves this package: the engine knows whose fault it is. */
final class VipsException extends RuntimeException {
    VipsException(String text) {
        super(text.strip().replaceAll("\\s*\\R\\s*", "; "));
    }

    /** Whether the machine, not the image, was the reason. */
    boolean outOfRoom() {
        return getMessage().contains("out of memory") || getMessage().contains("No space left");
    }
}

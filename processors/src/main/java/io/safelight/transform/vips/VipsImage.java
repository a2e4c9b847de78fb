package io.safelight.transform.vips;

import java.lang.foreign.MemorySegment;

/** An image of libvips, which is a recipe until pixels are asked for. Lives as long as its session. */
record VipsImage(Session session, MemorySegment pointer) {
    private static final int UCHAR = 0;
    private static final int CMYK = 15;
    private static final int SRGB = 22;
    private static final int RGB16 = 25;
    private static final int GREY16 = 26;

    /** @param options as {@code name=value,name=value} */
    VipsImage then(String operation, String options) {
        return session.run(operation, "in", pointer, options);
    }

    /** Computes the pixels now, once, instead of each time they are used. */
    VipsImage inMemory() {
        return session.keep((MemorySegment) vips().copyToMemory.call(pointer));
    }

    int width() {
        return (int) vips().width.call(pointer);
    }

    int height() {
        return (int) vips().height.call(pointer);
    }

    int bands() {
        return (int) vips().bands.call(pointer);
    }

    boolean hasAlpha() {
        return (int) vips().hasAlpha.call(pointer) != 0;
    }

    /** EXIF orientation, 1..8. */
    int orientation() {
        return (int) vips().orientation.call(pointer);
    }

    boolean hasProfile() {
        return (long) vips().typeOfField.call(pointer, session.string("icc-profile-data")) != 0;
    }

    boolean isByte() {
        return (int) vips().sampleFormat.call(pointer) == UCHAR;
    }

    boolean isSrgb() {
        return interpretation() == SRGB && isByte();
    }

    boolean isCmyk() {
        return interpretation() == CMYK;
    }

    boolean isRgb16() {
        return interpretation() == RGB16;
    }

    boolean isGrey16() {
        return interpretation() == GREY16;
    }

    private int interpretation() {
        return (int) vips().interpretation.call(pointer);
    }

    private Vips vips() {
        return session.vips;
    }
}

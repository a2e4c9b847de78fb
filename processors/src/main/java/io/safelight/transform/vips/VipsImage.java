package io.safelight.transform.vips;

import io.safelight.model.Size;
import io.safelight.model.op.Area;
import io.safelight.model.op.Colour;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** An image of libvips, which is a recipe until pixels are asked for. Lives as long as its session. */
record VipsImage(Session session, MemorySegment pointer) {
    private static final int UCHAR = 0;
    private static final int UINT = 4;
    private static final int GREY = 1;
    private static final int LAB = 13;
    private static final int CMYK = 15;
    private static final int SRGB = 22;
    private static final int RGB16 = 25;
    private static final int GREY16 = 26;
    private static final int SCRGB = 28;

    /** @param options as {@code name=value,name=value} */
    VipsImage then(String operation, String options) {
        return session.run(operation, Map.of("in", pointer), options);
    }

    VipsImage cut(Area area) {
        return session.run("extract_area", Map.of("input", pointer), "left=%d,top=%d,width=%d,height=%d".formatted(area.x(), area.y(), area.width(), area.height()));
    }

    /** The part of this size that an eye looks at first. */
    VipsImage attracting(Size part) {
        return session.run("smartcrop", Map.of("input", pointer), "width=%d,height=%d,interesting=attention".formatted(part.width(), part.height()));
    }

    Size size() {
        return new Size(width(), height());
    }

    /** In another size and, if need be, another aspect. */
    VipsImage resizedTo(Size target) {
        if (size().equals(target)) {
            return this;
        }
        String scales = "scale=%s,vscale=%s".formatted((double) target.width() / width(), (double) target.height() / height());
        return premultiplied(image -> image.then("resize", scales));
    }

    /** Has a step that mixes neighbouring pixels done to colours weighted by their alpha, or the colour of what cannot be seen would show. */
    VipsImage premultiplied(UnaryOperator<VipsImage> step) {
        return hasAlpha() ? step.apply(then("premultiply", "")).then("unpremultiply", "").then("cast", "format=uchar") : step.apply(this);
    }

    /** Has a step done to the colours alone; alpha stays as it is. */
    VipsImage colours(UnaryOperator<VipsImage> step) {
        if (!hasAlpha()) {
            return step.apply(this);
        }
        return session.join("bandjoin", List.of(step.apply(then("extract_band", "band=0,n=3")), then("extract_band", "band=3")), "");
    }

    VipsImage withAlpha() {
        return hasAlpha() ? this : then("bandjoin_const", "c=255");
    }

    VipsImage flat(Colour colour) {
        return hasAlpha() ? then("flatten", "background=%d %d %d".formatted(colour.red(), colour.green(), colour.blue())) : this;
    }

    /** Each colour as a sum of all three. */
    VipsImage mixed(double[][] weights) {
        return session.run("recomb", Map.of("in", pointer, "m", session.matrix(weights).pointer()), "").then("cast", "format=uchar")
                .then("copy", "interpretation=srgb");
    }

    /** With another picture, which has alpha, laid over it. */
    VipsImage under(VipsImage overlay, int x, int y) {
        return session.run("composite2", Map.of("base", pointer, "overlay", overlay.pointer), "mode=over,x=%d,y=%d".formatted(x, y))
                .then("cast", "format=uchar").then("copy", "interpretation=srgb");
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

    /** That it takes with all of its pixels. */
    long bytes() {
        return (long) width() * height() * bands() * (long) vips().sampleBytes.call(vips().sampleFormat.call(pointer));
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
        return has("icc-profile-data");
    }

    /** Whether a loader left such a field. */
    boolean has(String field) {
        return (long) vips().typeOfField.call(pointer, session.string(field)) != 0;
    }

    /** Bands without alpha and without what else there may be. */
    int colours() {
        return switch (interpretation()) {
            case GREY, GREY16 -> 1;
            case CMYK -> 4;
            default -> 3;
        };
    }

    /** Of samples whose range nothing says: those of scRGB and Lab are known. */
    boolean isDeep() {
        return (int) vips().sampleFormat.call(pointer) >= UINT && interpretation() != SCRGB && interpretation() != LAB;
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

package io.safelight.transform.vips;

import io.safelight.model.Size;
import io.safelight.model.op.Area;
import io.safelight.model.op.Background;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Colour;
import io.safelight.model.op.Crop;
import io.safelight.model.op.Filter;
import io.safelight.model.op.Flip;
import io.safelight.model.op.Gravity;
import io.safelight.model.op.Op;
import io.safelight.model.op.Resize;
import io.safelight.model.op.Rotate;
import io.safelight.model.op.Trim;
import io.safelight.model.op.Watermark;
import java.util.Locale;
import java.util.Optional;

/** Carries out operations on 8-bit sRGB pictures, with or without alpha. */
final class Painter {
    private final Marks marks;

    Painter(Marks marks) {
        this.marks = marks;
    }

    /** @param levels of the picture that the chain begins with: a first resize takes what is there */
    VipsImage paint(Levels levels, Chain chain) {
        VipsImage image = levels.base();
        for (Op op : chain.ops()) {
            image = image == levels.base() && op instanceof Resize resize ? resize(levels, resize) : paint(image, op);
        }
        return image;
    }

    private VipsImage paint(VipsImage image, Op op) {
        return switch (op) {
            case Resize resize -> resize(new Levels(image), resize);
            case Crop crop -> crop.x() == null ? cut(image, crop.area(image.size()).size(), crop.gravity()) : image.cut(crop.area(image.size()));
            case Rotate rotate -> rotate(image, rotate);
            case Flip flip -> image.then("flip", "direction=" + flip.direction().name().toLowerCase(Locale.ROOT));
            case Filter filter -> filter(image, filter);
            case Background background -> image.flat(background.colour());
            case Trim trim -> trim(image, trim.threshold());
            case Watermark watermark -> marks.lay(image, watermark);
        };
    }

    private static VipsImage resize(Levels levels, Resize resize) {
        Size whole = levels.base().size();
        VipsImage scaled = levels.at(resize.scaled(whole));
        Optional<Size> part = resize.cut(whole);
        return part.isPresent() ? cut(scaled, part.get(), resize.gravity()) : scaled;
    }

    private static VipsImage cut(VipsImage image, Size part, Gravity gravity) {
        return gravity == Gravity.ATTENTION ? image.attracting(part) : image.cut(gravity.place(part, image.size(), 0));
    }

    private static VipsImage rotate(VipsImage image, Rotate rotate) {
        if (rotate.quarters() >= 0) {
            return rotate.quarters() == 0 ? image : image.then("rot", "angle=d" + 90 * rotate.quarters());
        }
        Colour corners = rotate.background();
        if (!corners.opaque()) {
            return image.withAlpha().then("rotate", "angle=%d".formatted(rotate.angle()));
        }
        return image.then("rotate", "angle=%d,background=%d %d %d%s".formatted(rotate.angle(), corners.red(), corners.green(), corners.blue(), image.hasAlpha() ? " 255" : ""));
    }

    private static VipsImage filter(VipsImage image, Filter filter) {
        return switch (filter.effect()) {
            case GRAYSCALE -> image.then("colourspace", "space=b-w").then("colourspace", "space=srgb");
            case SEPIA -> image.colours(rgb -> rgb.mixed(Filter.SEPIA));
            case BLUR -> image.premultiplied(p -> p.then("gaussblur", "sigma=" + filter.sigma()));
            case SHARPEN -> image.colours(rgb -> rgb.then("sharpen", "sigma=" + filter.sigma()).then("colourspace", "space=srgb"));
            case EDGE -> image.colours(rgb -> rgb.then("colourspace", "space=b-w").then("sobel", "").then("colourspace", "space=srgb"));
        };
    }

    /** What can be seen through differs from what cannot on white or on black. */
    private static VipsImage trim(VipsImage image, int threshold) {
        Optional<Area> found = content(image.flat(Colour.WHITE), threshold);
        Optional<Area> kept = image.hasAlpha() ? Area.around(found, content(image.flat(Colour.BLACK), threshold)) : found;
        return kept.map(image::cut).orElse(image);
    }

    private static Optional<Area> content(VipsImage flat, int threshold) {
        byte[] corner = flat.session().pixels(flat.cut(new Area(0, 0, new Size(1, 1))));
        // else a median would take thin lines away first; libvips before 8.15 does so anyway
        String thin = flat.session().vips.isAtLeast(8, 15) ? "line_art=true," : "";
        int[] found = flat.session().integers("find_trim", flat, "%sthreshold=%d,background=%d %d %d"
                .formatted(thin, threshold, corner[0] & 0xff, corner[1] & 0xff, corner[2] & 0xff), "left", "top", "width", "height");
        return found[2] == 0 || found[3] == 0 ? Optional.empty() : Optional.of(new Area(found[0], found[1], new Size(found[2], found[3])));
    }
}

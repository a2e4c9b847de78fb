package io.safelight.model.op;

import io.safelight.model.Size;
import java.util.Map;
import java.util.Optional;

/**
 * Shrinks, and never enlarges: a box that is larger than the picture is taken smaller, in its own aspect.
 *
 * @param width   pixels; null where the height alone is told
 * @param height  pixels; null where the width alone is told
 * @param gravity of {@link Fit#CROP}
 */
public record Resize(Integer width, Integer height, Fit fit, Gravity gravity) implements Op {
    public static final int MOST = 16383;

    /** What becomes of the aspect where both sides are told. */
    public enum Fit { FIT, FILL, COVER, CROP }

    public static Resize toWidth(int width) {
        return new Resize(width, null, Fit.FIT, Gravity.CENTER);
    }

    static Resize read(Parameters p) {
        Integer width = p.has("width") ? Integer.valueOf(p.integer("width", 1, MOST)) : null;
        Integer height = p.has("height") ? Integer.valueOf(p.integer("height", 1, MOST)) : null;
        Fit fit = p.choice("fit", Fit.class, Fit.FIT);
        if (width == null && height == null) {
            throw p.wrong("needs 'width' or 'height'");
        }
        if (fit != Fit.FIT && (width == null || height == null)) {
            throw p.wrong("needs 'width' and 'height' for fit=" + Parameters.slug(fit));
        }
        if (p.has("gravity") && fit != Fit.CROP) {
            throw p.wrong("takes 'gravity' only with fit=crop");
        }
        return new Resize(width, height, fit, p.choice("gravity", Gravity.class, Gravity.CENTER));
    }

    /** The size to scale a picture to, before anything is cut off. */
    public Size scaled(Size picture) {
        if (height == null) {
            return picture.atWidth(width);
        }
        if (width == null) {
            return picture.atHeight(height);
        }
        return switch (fit) {
            case FIT -> picture.within(new Size(width, height));
            case FILL -> box(picture);
            case COVER, CROP -> picture.covering(box(picture));
        };
    }

    /** What is left of a picture that was scaled; empty where that is all of it. */
    public Optional<Size> cut(Size picture) {
        return fit == Fit.CROP ? Optional.of(box(picture)).filter(box -> !box.equals(scaled(picture))) : Optional.empty();
    }

    private Size box(Size picture) {
        return new Size(width, height).within(picture);
    }

    @Override
    public OpKind kind() {
        return OpKind.RESIZE;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("width", width, null).put("height", height, null).put("fit", fit, Fit.FIT)
                .put("gravity", gravity, Gravity.CENTER).map();
    }
}

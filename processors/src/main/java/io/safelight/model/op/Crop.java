package io.safelight.model.op;

import io.safelight.model.Size;
import java.util.Map;

/** Cuts a part out. @param x null where gravity tells the place @param y likewise */
public record Crop(int width, int height, Integer x, Integer y, Gravity gravity) implements Op {
    static Crop read(Parameters p) {
        boolean placed = p.has("x") || p.has("y");
        if (placed && p.has("gravity")) {
            throw p.wrong("takes either 'x' and 'y' or 'gravity'");
        }
        return new Crop(p.integer("width", 1, Resize.MOST), p.integer("height", 1, Resize.MOST),
                placed ? Integer.valueOf(p.integer("x", 0, Resize.MOST)) : null, placed ? Integer.valueOf(p.integer("y", 0, Resize.MOST)) : null,
                p.choice("gravity", Gravity.class, Gravity.CENTER));
    }

    /** What of a picture is kept: at least one pixel, the nearest to the place where there is none. */
    public Area area(Size picture) {
        int left = x == null ? 0 : Math.min(x, picture.width() - 1);
        int top = y == null ? 0 : Math.min(y, picture.height() - 1);
        Size part = new Size(Math.min(width, picture.width() - left), Math.min(height, picture.height() - top));
        return x == null ? gravity.place(part, picture, 0) : new Area(left, top, part);
    }

    @Override
    public OpKind kind() {
        return OpKind.CROP;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("width", width, null).put("height", height, null).put("x", x, null).put("y", y, null)
                .put("gravity", gravity, Gravity.CENTER).map();
    }
}

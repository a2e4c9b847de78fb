package io.safelight.model.op;

import io.safelight.model.Size;
import java.util.Optional;

/** A part of a picture. @param x pixels from the left @param y pixels from the top */
public record Area(int x, int y, Size size) {
    /** The smallest that holds both; empty where there is neither. */
    public static Optional<Area> around(Optional<Area> one, Optional<Area> other) {
        return one.isEmpty() ? other : one.map(a -> other.map(b -> {
            int left = Math.min(a.x, b.x);
            int top = Math.min(a.y, b.y);
            return new Area(left, top, new Size(Math.max(a.x + a.width(), b.x + b.width()) - left, Math.max(a.y + a.height(), b.y + b.height()) - top));
        }).orElse(a));
    }

    public int width() {
        return size.width();
    }

    public int height() {
        return size.height();
    }
}

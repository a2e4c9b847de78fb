package io.safelight.model.op;

import io.safelight.model.Size;

/** A part of a picture. @param x pixels from the left @param y pixels from the top */
public record Area(int x, int y, Size size) {
    public int width() {
        return size.width();
    }

    public int height() {
        return size.height();
    }
}

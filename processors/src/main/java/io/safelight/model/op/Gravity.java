package io.safelight.model.op;

import io.safelight.model.Size;

/** Which part of a picture is meant. */
public enum Gravity {
    CENTER(1, 1), NORTH(1, 0), NORTHEAST(2, 0), EAST(2, 1), SOUTHEAST(2, 2), SOUTH(1, 2), SOUTHWEST(0, 2), WEST(0, 1), NORTHWEST(0, 0),
    /** Where an eye looks first: only an engine that sees the pixels can tell. Its place here is the middle, where nothing better is known. */
    ATTENTION(1, 1);

    private final int right;
    private final int down;

    Gravity(int right, int down) {
        this.right = right;
        this.down = down;
    }

    /** Where a part of this size lies in the whole, which is no smaller; {@code margin} pixels from the edges that it is drawn to. */
    public Area place(Size part, Size whole, int margin) {
        return new Area(along(right, whole.width() - part.width(), margin), along(down, whole.height() - part.height(), margin), part);
    }

    private static int along(int steps, int room, int margin) {
        int offset = steps == 0 ? margin : steps == 2 ? room - margin : room / 2;
        return Math.clamp(offset, 0, Math.max(0, room));
    }
}

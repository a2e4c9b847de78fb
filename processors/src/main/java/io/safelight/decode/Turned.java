package io.safelight.decode;

/** Pixels as they are stored, looked at as EXIF {@code orientation}, 2..8, says they were meant. */
public record Turned(Pixels stored, int orientation) implements Pixels {
    /** @param orientation 1..8 */
    public static Pixels upright(Pixels stored, int orientation) {
        return orientation == 1 ? stored : new Turned(stored, orientation);
    }

    @Override
    public int width() {
        return orientation < 5 ? stored.width() : stored.height();
    }

    @Override
    public int height() {
        return orientation < 5 ? stored.height() : stored.width();
    }

    @Override
    public int rgb(int x, int y) {
        int right = stored.width() - 1;
        int bottom = stored.height() - 1;
        return switch (orientation) {
            case 2 -> stored.rgb(right - x, y);
            case 3 -> stored.rgb(right - x, bottom - y);
            case 4 -> stored.rgb(x, bottom - y);
            case 5 -> stored.rgb(y, x);
            case 6 -> stored.rgb(y, bottom - x);
            case 7 -> stored.rgb(right - y, bottom - x);
            default -> stored.rgb(right - y, x);
        };
    }
}

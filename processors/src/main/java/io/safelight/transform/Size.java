package io.safelight.transform;

/** Pixels, each side at least one. Shrinking keeps the aspect; nothing here enlarges. */
public record Size(int width, int height) {
    /** The largest size that has no side longer than {@code side}. */
    public Size within(int side) {
        int longest = Math.max(width, height);
        return longest <= side ? this : scaled((double) side / longest);
    }

    /** As wide as {@code target}, or as it is where that would enlarge it. */
    public Size atWidth(int target) {
        return width <= target ? this : new Size(target, atLeastOne((double) height * target / width));
    }

    /** As it is after EXIF orientation {@code orientation}, 1..8. */
    public Size upright(int orientation) {
        return orientation >= 5 ? new Size(height, width) : this;
    }

    private Size scaled(double factor) {
        return new Size(atLeastOne(width * factor), atLeastOne(height * factor));
    }

    private static int atLeastOne(double pixels) {
        return (int) Math.max(1, Math.round(pixels));
    }
}

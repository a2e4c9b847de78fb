package io.safelight.model;

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

    /** As wide or as high as it is, whichever is told to shrink more, so that it is no larger than {@code box} in either direction. */
    public Size within(Size box) {
        return scaled(Math.min(1, Math.min((double) box.width / width, (double) box.height / height)));
    }

    /** The smallest size of the same aspect that is no smaller than {@code box} in either direction; as it is where that would enlarge it. */
    public Size covering(Size box) {
        return scaled(Math.min(1, Math.max((double) box.width / width, (double) box.height / height)));
    }

    /** As high as {@code target}, or as it is where that would enlarge it. */
    public Size atHeight(int target) {
        return height <= target ? this : new Size(atLeastOne((double) width * target / height), target);
    }

    /** As it is after EXIF orientation {@code orientation}, 1..8. */
    public Size upright(int orientation) {
        return orientation >= 5 ? new Size(height, width) : this;
    }

    private Size scaled(double factor) {
        return factor >= 1 ? this : new Size(atLeastOne(width * factor), atLeastOne(height * factor));
    }

    private static int atLeastOne(double pixels) {
        return (int) Math.max(1, Math.round(pixels));
    }
}

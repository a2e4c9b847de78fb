package io.safelight.transform.vips;

import io.safelight.model.Size;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Frames of one size, one after the other.
 *
 * @param delays milliseconds that each frame is shown
 * @param loop   how often all is shown; 0 for ever
 */
record Animation(List<VipsImage> frames, int[] delays, int loop) {
    /** Most pixels of a master, all frames together: moderation holds them all at once. */
    private static final int MOST_PIXELS = 1 << 25;

    static Animation still(VipsImage image) {
        return new Animation(List.of(image), new int[] {0}, 0);
    }

    boolean moves() {
        return frames.size() > 1;
    }

    /** A size at which so many frames are no more than is bearable. */
    static Size bounded(Size size, int frames) {
        double most = Math.max(1, (double) MOST_PIXELS / frames);
        double pixels = (double) size.width() * size.height();
        return pixels <= most ? size : size.within((int) Math.max(1, Math.max(size.width(), size.height()) * Math.sqrt(most / pixels)));
    }

    Animation each(UnaryOperator<VipsImage> step) {
        return new Animation(frames.stream().map(step).toList(), delays, loop);
    }

    /** All frames below each other, as libvips wants them; with alpha where one of them has it. */
    VipsImage strip() {
        boolean alpha = frames.stream().anyMatch(VipsImage::hasAlpha);
        Session session = frames.getFirst().session();
        VipsImage strip = session.join("arrayjoin", alpha ? each(VipsImage::withAlpha).frames() : frames, "across=1");
        session.setIntegers(strip, "delay", delays);
        session.setInteger(strip, "loop", loop);
        return strip;
    }
}

package io.safelight.decode;

import java.util.List;

/**
 * How a model wants a picture: a square of 32-bit floats. A level of a channel, 0..255, is mapped to the range, then the channel's mean is
 * taken off it, then it is divided by the channel's deviation.
 *
 * @param size     pixels on either side
 * @param mean     of each channel, in the order of {@code channels}; 0 changes nothing
 * @param std      deviation of each channel, likewise; 1 changes nothing
 */
public record ModelInput(int size, Layout layout, Channels channels, Range range, List<Float> mean, List<Float> std, Resize resize) {
    public static final int CHANNELS = 3;

    public ModelInput {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (size < 1 || mean.size() != CHANNELS || std.size() != CHANNELS || std.contains(0f)) {
            throw new IllegalArgumentException("an input of size %d, mean %s, std %s".formatted(size, mean, std));
        }
    }

    /** Whole planes one after the other, or the channels of a pixel side by side. */
    public enum Layout { NCHW, NHWC }

    public enum Channels { RGB, BGR }

    /** What 0 and 255 become. */
    public enum Range {
        ZERO_TO_ONE(255, 0), MINUS_ONE_TO_ONE(127.5f, -1), LEVELS(1, 0);

        private final float divisor;
        private final float offset;

        Range(float divisor, float offset) {
            this.divisor = divisor;
            this.offset = offset;
        }

        /** What a level is divided by, before {@link #offset} is added. */
        float divisor() {
            return divisor;
        }

        float offset() {
            return offset;
        }
    }

    public enum Resize {
        /** The whole picture, aspect not kept; its first and last pixel land on the input's first and last. */
        BILINEAR_ALIGNED_CORNERS,
        /** The whole picture, aspect not kept; its edges land on the input's edges. */
        BILINEAR,
        /** The square in the middle, as large as the short side, and {@link #BILINEAR}. */
        CENTER_CROP
    }

    /** Floats of one picture. */
    public int length() {
        return CHANNELS * size * size;
    }

    /** @return {@link #length} numbers, rows from the top */
    public float[] of(Pixels picture) {
        return Preprocess.planes(picture, this);
    }
}

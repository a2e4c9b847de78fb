package io.safelight.moderate;

import io.safelight.decode.Pixels;

/**
 * Pixels as the model wants them: resized straight to its square input by bilinear interpolation with aligned corners
 * (the first and last pixel of a row land on the first and last pixel of the input), no crop, aspect not kept.
 * Averaging areas would be kinder to the eye and moves probabilities by up to 0.16.
 */
public final class Preprocess {
    private Preprocess() {}

    /** @return {@code 3 * size * size} numbers in 0..1: the R plane, the G plane, the B plane, rows from the top */
    public static float[] planes(Pixels pixels, int size) {
        Axis x = Axis.of(pixels.width(), size);
        Axis y = Axis.of(pixels.height(), size);
        float[] planes = new float[3 * size * size];
        for (int row = 0, out = 0; row < size; row++) {
            for (int column = 0; column < size; column++, out++) {
                int topLeft = pixels.rgb(x.low[column], y.low[row]);
                int topRight = pixels.rgb(x.high[column], y.low[row]);
                int bottomLeft = pixels.rgb(x.low[column], y.high[row]);
                int bottomRight = pixels.rgb(x.high[column], y.high[row]);
                for (int channel = 0, shift = 16; channel < 3; channel++, shift -= 8) {
                    float top = mix(topLeft >> shift & 0xff, topRight >> shift & 0xff, x.weight[column]);
                    float bottom = mix(bottomLeft >> shift & 0xff, bottomRight >> shift & 0xff, x.weight[column]);
                    planes[channel * size * size + out] = mix(top, bottom, y.weight[row]) / 255;
                }
            }
        }
        return planes;
    }

    private static float mix(float low, float high, float weight) {
        return low + (high - low) * weight;
    }

    /** For each output position the two input positions around it and the weight of the higher one. */
    private record Axis(int[] low, int[] high, float[] weight) {
        static Axis of(int from, int to) {
            Axis axis = new Axis(new int[to], new int[to], new float[to]);
            float scale = to > 1 ? (from - 1f) / (to - 1) : 0;
            for (int i = 0; i < to; i++) {
                float at = i * scale;
                int low = Math.min((int) at, from - 1);
                axis.low[i] = low;
                axis.high[i] = Math.min(low + 1, from - 1);
                axis.weight[i] = at - low;
            }
            return axis;
        }
    }
}

package io.safelight.moderate;

import io.safelight.decode.Raster;

/**
 * Pixels as the model wants them: resized straight to its square input by bilinear interpolation with aligned corners
 * (the first and last pixel of a row land on the first and last pixel of the input), no crop, aspect not kept.
 * Averaging areas would be kinder to the eye and moves probabilities by up to 0.16.
 */
public final class Preprocess {
    private Preprocess() {}

    /** @return {@code 3 * size * size} numbers in 0..1: the R plane, the G plane, the B plane, rows from the top */
    public static float[] planes(Raster raster, int size) {
        Axis x = Axis.of(raster.width(), size, 3);
        Axis y = Axis.of(raster.height(), size, 3 * raster.width());
        byte[] rgb = raster.rgb();
        float[] planes = new float[3 * size * size];
        for (int row = 0, out = 0; row < size; row++) {
            for (int column = 0; column < size; column++, out++) {
                for (int channel = 0; channel < 3; channel++) {
                    int left = x.low[column] + channel;
                    int right = x.high[column] + channel;
                    float top = mix(rgb[y.low[row] + left], rgb[y.low[row] + right], x.weight[column]);
                    float bottom = mix(rgb[y.high[row] + left], rgb[y.high[row] + right], x.weight[column]);
                    planes[channel * size * size + out] = (top + (bottom - top) * y.weight[row]) / 255;
                }
            }
        }
        return planes;
    }

    private static float mix(byte a, byte b, float weight) {
        int low = a & 0xff;
        return low + ((b & 0xff) - low) * weight;
    }

    /** For each output position the two input positions around it, as array offsets, and the weight of the higher one. */
    private record Axis(int[] low, int[] high, float[] weight) {
        static Axis of(int from, int to, int stride) {
            Axis axis = new Axis(new int[to], new int[to], new float[to]);
            float scale = to > 1 ? (from - 1f) / (to - 1) : 0;
            for (int i = 0; i < to; i++) {
                float at = i * scale;
                int low = Math.min((int) at, from - 1);
                axis.low[i] = low * stride;
                axis.high[i] = Math.min(low + 1, from - 1) * stride;
                axis.weight[i] = at - low;
            }
            return axis;
        }
    }
}

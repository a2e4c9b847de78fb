package io.safelight.transform;

import io.safelight.decode.Raster;

/**
 * A picture's blur in 28 characters: the lowest 4 × 3 terms of a cosine transform in linear light, quantised and written in
 * base 83. Source: the algorithm published at blurha.sh by Wolt.
 */
public final class Blurhash {
    private static final int COLUMNS = 4;
    private static final int ROWS = 3;
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    private static final double[] LINEAR = new double[256];

    static {
        for (int i = 0; i < 256; i++) {
            double v = i / 255.0;
            LINEAR[i] = v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
        }
    }

    private Blurhash() {}

    /** @param image a small rendition, some 32 to 64 pixels wide: the cost is 12 passes over it, and more shows nothing more */
    public static String encode(Raster image) {
        double[][] terms = new double[COLUMNS * ROWS][];
        double largest = 0;
        for (int i = 0; i < terms.length; i++) {
            terms[i] = term(image, i % COLUMNS, i / COLUMNS);
            for (int c = 0; c < 3 && i > 0; c++) {
                largest = Math.max(largest, Math.abs(terms[i][c]));
            }
        }
        int range = (int) Math.clamp(Math.floor(largest * 166 - 0.5), 0, 82);
        StringBuilder hash = new StringBuilder();
        write(hash, COLUMNS - 1 + (ROWS - 1) * 9, 1);
        write(hash, range, 1);
        write(hash, srgb(terms[0][0]) << 16 | srgb(terms[0][1]) << 8 | srgb(terms[0][2]), 4);
        for (int i = 1; i < terms.length; i++) {
            int value = 0;
            for (double channel : terms[i]) {
                value = value * 19 + quantised(channel / ((range + 1) / 166.0));
            }
            write(hash, value, 2);
        }
        return hash.toString();
    }

    /** The picture's correlation with the cosine wave of {@code u} half periods across and {@code v} down, per channel. */
    private static double[] term(Raster image, int u, int v) {
        byte[] rgb = image.rgb();
        double[] across = wave(u, image.width());
        double[] down = wave(v, image.height());
        double[] sum = new double[3];
        for (int y = 0, p = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++) {
                double weight = down[y] * across[x];
                for (int c = 0; c < 3; c++) {
                    sum[c] += weight * LINEAR[rgb[p++] & 0xff];
                }
            }
        }
        double scale = (u == 0 && v == 0 ? 1.0 : 2.0) / ((double) image.width() * image.height());
        for (int c = 0; c < 3; c++) {
            sum[c] *= scale;
        }
        return sum;
    }

    private static double[] wave(int halfPeriods, int length) {
        double[] wave = new double[length];
        for (int i = 0; i < length; i++) {
            wave[i] = Math.cos(Math.PI * halfPeriods * i / length);
        }
        return wave;
    }

    /** −1..1 to 0..18 on a square-root scale. */
    private static int quantised(double value) {
        return (int) Math.clamp(Math.floor(Math.signum(value) * Math.sqrt(Math.abs(value)) * 9 + 9.5), 0, 18);
    }

    private static int srgb(double linear) {
        double v = Math.clamp(linear, 0, 1);
        return (int) ((v <= 0.0031308 ? v * 12.92 : 1.055 * Math.pow(v, 1 / 2.4) - 0.055) * 255 + 0.5);
    }

    private static void write(StringBuilder hash, int value, int length) {
        for (int power = (int) Math.pow(83, length - 1); power > 0; power /= 83) {
            hash.append(DIGITS.charAt(value / power % 83));
        }
    }
}

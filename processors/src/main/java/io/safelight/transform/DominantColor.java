package io.safelight.transform;

import io.safelight.decode.Raster;

/** The colour that covers most of a picture: the mean of the fullest of 4096 boxes (16 steps a channel). */
public final class DominantColor {
    private DominantColor() {}

    /**
     * @param image a small rendition
     * @return {@code #rrggbb}
     */
    public static String of(Raster image) {
        int[] counts = new int[4096];
        int[] sums = new int[3 * 4096];
        byte[] rgb = image.rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            int r = rgb[i] & 0xff;
            int g = rgb[i + 1] & 0xff;
            int b = rgb[i + 2] & 0xff;
            int box = r >> 4 << 8 | g >> 4 << 4 | b >> 4;
            counts[box]++;
            sums[3 * box] += r;
            sums[3 * box + 1] += g;
            sums[3 * box + 2] += b;
        }
        int fullest = 0;
        for (int box = 1; box < counts.length; box++) {
            if (counts[box] > counts[fullest]) {
                fullest = box;
            }
        }
        int n = counts[fullest];
        return "#%02x%02x%02x".formatted(sums[3 * fullest] / n, sums[3 * fullest + 1] / n, sums[3 * fullest + 2] / n);
    }
}

package io.safelight.decode;

/**
 * Upright 8-bit RGB pixels without alpha, rows from the top.
 *
 * @param rgb {@code 3 * width * height} bytes, R G B
 */
public record Raster(int width, int height, byte[] rgb) implements Pixels {
    public Raster {
        if (rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("%d bytes for %d x %d pixels".formatted(rgb.length, width, height));
        }
    }

    @Override
    public int rgb(int x, int y) {
        int at = 3 * (y * width + x);
        return (rgb[at] & 0xff) << 16 | (rgb[at + 1] & 0xff) << 8 | rgb[at + 2] & 0xff;
    }
}

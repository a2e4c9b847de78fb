package io.safelight.decode;

/**
 * A colour JPEG as the moderation models' reference implementation reads it. libjpeg, which every decoder here is made of,
 * rounds to the nearest level and lets colours flow between pixels; the reference cuts fractions off and repeats each stored
 * colour. Why that matters: docs/decisions/pixels-the-model-sees.md.
 *
 * @param decoded by libjpeg, at full size
 * @param colours the same; or, where the colours are stored so ({@link JpegColours#HALVED}), at half the size, rounded down or up
 */
public record ReferenceJpeg(Raster decoded, Raster colours) implements Pixels {
    /** JFIF's equations between RGB and YCbCr, times 65536. */
    private static final int RED_OF_CR = 91881;
    private static final int GREEN_OF_CB = -22553;
    private static final int GREEN_OF_CR = -46802;
    private static final int BLUE_OF_CB = 116130;
    private static final int CR_OF_RED = 46745;
    private static final int CB_OF_BLUE = 36984;
    private static final int LUMA_OF_RED = 19595;
    private static final int LUMA_OF_GREEN = 38470;
    private static final int LUMA_OF_BLUE = 7471;
    private static final int HALF = 1 << 15;

    @Override
    public int width() {
        return decoded.width();
    }

    @Override
    public int height() {
        return decoded.height();
    }

    @Override
    public int rgb(int x, int y) {
        int pixel = decoded.rgb(x, y);
        int luma = luma(pixel);
        int coloured = colours == decoded ? pixel : colourAt(x, y, pixel);
        int base = coloured == pixel ? luma : luma(coloured);
        int cr = nearest(CR_OF_RED * (red(coloured) - base));
        int cb = nearest(CB_OF_BLUE * (blue(coloured) - base));
        return level(luma + (RED_OF_CR * cr >> 16)) << 16
                | level(luma + (GREEN_OF_CB * cb + GREEN_OF_CR * cr >> 16)) << 8
                | level(luma + (BLUE_OF_CB * cb >> 16));
    }

    private int colourAt(int x, int y, int pixel) {
        // at half the size, the last column or row of an odd number may be missing
        boolean halved = colours.width() < decoded.width() && x / 2 < colours.width() && y / 2 < colours.height();
        return halved ? colours.rgb(x / 2, y / 2) : pixel;
    }

    private static int luma(int rgb) {
        return nearest(LUMA_OF_RED * red(rgb) + LUMA_OF_GREEN * (rgb >> 8 & 0xff) + LUMA_OF_BLUE * blue(rgb));
    }

    private static int red(int rgb) {
        return rgb >> 16;
    }

    private static int blue(int rgb) {
        return rgb & 0xff;
    }

    private static int nearest(int times65536) {
        return times65536 + HALF >> 16;
    }

    private static int level(int value) {
        return value < 0 ? 0 : value > 255 ? 255 : value;
    }
}

package io.safelight.decode;

import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.metadata.jpeg.JpegComponent;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A colour JPEG as the moderation models' reference implementation reads it. libjpeg, which every decoder here is made of,
 * rounds to the nearest level and lets colour flow between pixels; the reference cuts fractions off and repeats each stored
 * colour. Why that matters: docs/decisions/pixels-the-model-sees.md.
 *
 * @param halvesColours one colour is stored for two by two pixels (4:2:0)
 */
public record ReferenceJpeg(boolean halvesColours) {
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

    /** Of a file that is a JPEG with three components; empty for any other. */
    public static Optional<ReferenceJpeg> in(Path file) {
        try {
            JpegDirectory frame = JpegMetadataReader.readMetadata(file.toFile(), List.of(new JpegReader())).getFirstDirectoryOfType(JpegDirectory.class);
            if (frame == null || !Integer.valueOf(3).equals(frame.getInteger(JpegDirectory.TAG_NUMBER_OF_COMPONENTS))) {
                return Optional.empty();
            }
            return Optional.of(new ReferenceJpeg(sampled(frame, 0, 2) && sampled(frame, 1, 1) && sampled(frame, 2, 1)));
        } catch (ImageProcessingException | IOException e) {
            return Optional.empty();
        }
    }

    private static boolean sampled(JpegDirectory frame, int component, int times) {
        JpegComponent found = frame.getComponent(component);
        return found != null && found.getHorizontalSamplingFactor() == times && found.getVerticalSamplingFactor() == times;
    }

    /**
     * @param decoded by libjpeg, at full size
     * @param colours the same image, also at full size; or, where that is how its colours are stored, at half its size rounded down
     */
    public Raster pixels(Raster decoded, Raster colours) {
        int step = colours.width() < decoded.width() ? 2 : 1;
        byte[] in = decoded.rgb();
        byte[] rgb = new byte[in.length];
        for (int y = 0, p = 0; y < decoded.height(); y++) {
            for (int x = 0; x < decoded.width(); x++, p += 3) {
                // the last row and column of an odd size are in the full size only
                boolean stored = y / step < colours.height() && x / step < colours.width();
                byte[] from = stored ? colours.rgb() : in;
                int c = stored ? 3 * (y / step * colours.width() + x / step) : p;
                int luma = luma(in, p);
                int cb = nearest(CB_OF_BLUE * ((from[c + 2] & 0xff) - luma(from, c)));
                int cr = nearest(CR_OF_RED * ((from[c] & 0xff) - luma(from, c)));
                rgb[p] = level(luma + (RED_OF_CR * cr >> 16));
                rgb[p + 1] = level(luma + (GREEN_OF_CB * cb + GREEN_OF_CR * cr >> 16));
                rgb[p + 2] = level(luma + (BLUE_OF_CB * cb >> 16));
            }
        }
        return new Raster(decoded.width(), decoded.height(), rgb);
    }

    private static int luma(byte[] rgb, int at) {
        return nearest(LUMA_OF_RED * (rgb[at] & 0xff) + LUMA_OF_GREEN * (rgb[at + 1] & 0xff) + LUMA_OF_BLUE * (rgb[at + 2] & 0xff));
    }

    private static int nearest(int sixteenthBits) {
        return sixteenthBits + HALF >> 16;
    }

    private static byte level(int value) {
        return (byte) Math.clamp(value, 0, 255);
    }
}

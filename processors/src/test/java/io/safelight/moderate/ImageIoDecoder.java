package io.safelight.moderate;

import io.safelight.decode.Decoder;
import io.safelight.decode.Raster;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Samples as they are stored, like the reference implementation's: {@code getRGB} would apply a gamma to grey ones, and
 * reading images rather than rasters a colour profile. Knows JFIF's YCbCr and RGB, no palettes, no orientation.
 */
final class ImageIoDecoder implements Decoder {
    @Override
    public Raster decode(Path file) {
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            for (Iterator<ImageReader> readers = ImageIO.getImageReaders(in); readers.hasNext(); ) {
                ImageReader reader = readers.next();
                if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                    reader.setInput(in);
                    return reader.canReadRaster() ? rgb(reader.readRaster(0, null), true) : rgb(reader.read(0).getRaster(), false);
                }
            }
            throw new Rejected(Code.BROKEN_IMAGE, "The file is no image; send another.");
        } catch (IOException e) {
            throw new Rejected(Code.BROKEN_IMAGE, "The image cannot be decoded; send another.", e);
        }
    }

    private static Raster rgb(java.awt.image.Raster samples, boolean chroma) {
        int bands = samples.getNumBands();
        int[] pixel = new int[bands];
        byte[] rgb = new byte[3 * samples.getWidth() * samples.getHeight()];
        for (int y = 0, out = 0; y < samples.getHeight(); y++) {
            for (int x = 0; x < samples.getWidth(); x++) {
                samples.getPixel(x, y, pixel);
                int red = pixel[0];
                int green = bands < 3 ? red : pixel[1];
                int blue = bands < 3 ? red : pixel[2];
                if (bands == 3 && chroma) {
                    int cb = green - 128;
                    int cr = blue - 128;
                    green = clamp(red - 0.344136 * cb - 0.714136 * cr);
                    blue = clamp(red + 1.772 * cb);
                    red = clamp(red + 1.402 * cr);
                }
                rgb[out++] = (byte) red;
                rgb[out++] = (byte) green;
                rgb[out++] = (byte) blue;
            }
        }
        return new Raster(samples.getWidth(), samples.getHeight(), rgb);
    }

    private static int clamp(double value) {
        return (int) Math.clamp(Math.round(value), 0, 255);
    }
}

package io.safelight.pdq;

import io.safelight.decode.ImageIoReader;
import io.safelight.decode.Raster;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import net.coobird.thumbnailator.Thumbnails;

/** Pictures changed in the ways in which copies go round. */
public final class Copies {
    private Copies() {}

    public static Pdq hashed(BufferedImage image) {
        Raster raster = ImageIoReader.raster(Math.max(image.getWidth(), image.getHeight()) <= Pdq.SIDE ? image : sized(image, Pdq.SIDE, Pdq.SIDE));
        return Pdq.of(raster.width(), raster.height(), raster.rgb());
    }

    /** Within this box. */
    public static BufferedImage sized(BufferedImage image, int width, int height) {
        try {
            return Thumbnails.of(image).size(width, height).asBufferedImage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static BufferedImage scaled(BufferedImage image, double factor) {
        return sized(image, (int) (image.getWidth() * factor), (int) (image.getHeight() * factor));
    }

    public static BufferedImage recompressed(BufferedImage image, double quality) {
        try {
            ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
            Thumbnails.of(ImageIoReader.flat(image)).scale(1).outputFormat("jpg").outputQuality(quality).toOutputStream(jpeg);
            return ImageIO.read(new ByteArrayInputStream(jpeg.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** So much of width and height taken away, half of it at either end. */
    public static BufferedImage cropped(BufferedImage image, double share) {
        int x = (int) (image.getWidth() * share / 2);
        int y = (int) (image.getHeight() * share / 2);
        return image.getSubimage(x, y, image.getWidth() - 2 * x, image.getHeight() - 2 * y);
    }

    /** In the order of {@link Pdq#hashes}. */
    static BufferedImage turned(BufferedImage image, int which) {
        int w = image.getWidth();
        int h = image.getHeight();
        // x' = m00 x + m01 y + m02, y' = m10 x + m11 y + m12
        AffineTransform turn = switch (which) {
            case 0 -> new AffineTransform();
            case 1 -> new AffineTransform(0, 1, -1, 0, h, 0);
            case 2 -> new AffineTransform(-1, 0, 0, -1, w, h);
            case 3 -> new AffineTransform(0, -1, 1, 0, 0, w);
            case 4 -> new AffineTransform(-1, 0, 0, 1, w, 0);
            case 5 -> new AffineTransform(1, 0, 0, -1, 0, h);
            case 6 -> new AffineTransform(0, 1, 1, 0, 0, 0);
            default -> new AffineTransform(0, -1, -1, 0, h, w);
        };
        boolean diagonally = turn.getScaleX() == 0;
        BufferedImage turned = new BufferedImage(diagonally ? h : w, diagonally ? w : h, BufferedImage.TYPE_INT_RGB);
        new AffineTransformOp(turn, AffineTransformOp.TYPE_NEAREST_NEIGHBOR).filter(ImageIoReader.flat(image), turned);
        return turned;
    }
}

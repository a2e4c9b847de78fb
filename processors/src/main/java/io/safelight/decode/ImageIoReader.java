package io.safelight.decode;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import org.w3c.dom.Element;

/** Reads with ImageIO and TwelveMonkeys, as strictly as they can: a file that they only warn is cut short is refused. */
public final class ImageIoReader {
    static {
        // ImageIO looks for plugins through the first caller's context loader, which need not be the application's
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        thread.setContextClassLoader(ImageIoReader.class.getClassLoader());
        ImageIO.scanForPlugins();
        thread.setContextClassLoader(context);
    }

    /** Of a sample. */
    private static final int MOST_BITS = 16;
    /** Pixels that are made room for around a smaller frame: a quarter of a gigabyte, half of what a decoder's heap has. */
    private static final int MOST_SCREEN = 64 << 20;

    /** ImageIO's names of formats that may have several frames. */
    private static final Set<String> MOVING = Set.of("gif", "webp");

    private ImageIoReader() {}

    public static Set<Format> formats() {
        Set<Format> formats = EnumSet.noneOf(Format.class);
        for (Format format : Format.values()) {
            if (ImageIO.getImageReadersByMIMEType(format.contentType()).hasNext()) {
                formats.add(format);
            }
        }
        return formats;
    }

    /** As {@link Decoder} has them. Colours that libjpeg interpolated stay so: ImageIO cannot read them in the size they are stored in. */
    public static Pixels pixels(Path file) {
        Raster raster = raster(read(file, true));
        return JpegColours.of(file) == JpegColours.NONE ? raster : new ReferenceJpeg(raster, raster);
    }

    /** Upright, sRGB, flattened on white. */
    public static Raster raster(Path file) {
        return raster(read(file));
    }

    /** The pixels of an sRGB image, flattened on white. */
    public static Raster raster(BufferedImage any) {
        return new Raster(any.getWidth(), any.getHeight(), samples(flat(any)));
    }

    /** R, G, B, and A where there is alpha, of an sRGB image; rows from the top. */
    public static byte[] samples(BufferedImage image) {
        boolean alpha = image.getColorModel().hasAlpha();
        byte[] samples = new byte[Math.multiplyExact(Math.multiplyExact(image.getWidth(), image.getHeight()), alpha ? 4 : 3)];
        int[] row = new int[image.getWidth()];
        for (int y = 0, at = 0; y < image.getHeight(); y++) {
            for (int pixel : image.getRGB(0, y, row.length, 1, row, 0, row.length)) {
                samples[at++] = (byte) (pixel >> 16);
                samples[at++] = (byte) (pixel >> 8);
                samples[at++] = (byte) pixel;
                if (alpha) {
                    samples[at++] = (byte) (pixel >>> 24);
                }
            }
        }
        return samples;
    }

    /** Upright and sRGB; {@code TYPE_INT_ARGB} where a pixel is not opaque, else {@code TYPE_INT_RGB}. */
    public static BufferedImage read(Path file) {
        return read(file, false);
    }

    private static BufferedImage read(Path file, boolean asStored) {
        try {
            BufferedImage image = srgb(decode(file, asStored));
            return upright(isOpaque(image) ? flat(image) : image, orientation(file));
        } catch (CMMException e) {
            throw broken("its colours cannot be converted", e);
        } catch (OutOfMemoryError e) {
            throw new Unavailable(Code.OUT_OF_MEMORY, "No memory was left for an image; it is tried again. Lower safelight.engine.concurrency if this repeats.", e);
        }
    }

    /** On white, {@code TYPE_INT_RGB}. */
    public static BufferedImage flat(BufferedImage image) {
        if (image.getType() == BufferedImage.TYPE_INT_RGB) {
            return image;
        }
        BufferedImage flat = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = flat.createGraphics();
        graphics.drawImage(image, 0, 0, Color.WHITE, null);
        graphics.dispose();
        return flat;
    }

    /**
     * Of a GIF or a WebP, which may move; of all else 1.
     *
     * @throws Rejected {@code broken-image} where they cannot be counted
     */
    public static int frames(Path file) {
        return reading(file, false, reader -> MOVING.contains(reader.getFormatName().toLowerCase(Locale.ROOT)) ? reader.getNumImages(true) : 1);
    }

    private static BufferedImage decode(Path file, boolean asStored) {
        return reading(file, true, reader -> {
            if (reader.getFormatName().equalsIgnoreCase("gif")) {
                return onItsScreen(reader);
            }
            if (!reader.getFormatName().equalsIgnoreCase("tiff")) {
                return asStored ? withoutProfile(reader) : reader.read(0);
            }
            boolean alpha = !ExtraSamples.kind(file).equals(OptionalInt.of(ExtraSamples.UNSPECIFIED));
            if (!alpha && reader.getRawImageType(0).getNumBands() < 3) {
                throw new Rejected(Code.UNSUPPORTED_TYPE, "Grey with a selection that was saved is not read here; save the TIFF without.");
            }
            return withoutSpares(asStored ? withoutProfile(reader) : reader.read(0), alpha);
        });
    }

    private interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    /** @param onwards whether nothing is read that lies before what was read last */
    private static <T> T reading(Path file, boolean onwards, Reading<T> reading) {
        if (!Files.isReadable(file)) {
            throw new Fault("The file %s is not there to be decoded; keep it until the rendering is done.".formatted(file.getFileName()));
        }
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new Rejected(Code.UNSUPPORTED_TYPE, "This installation does not read this kind of image; send it as JPEG or PNG.");
            }
            ImageReader reader = readers.next();
            try {
                reader.addIIOReadWarningListener((source, warning) -> refuseIfCutShort(warning));
                reader.setInput(stream, onwards, true);
                return reading.from(reader);
            } finally {
                reader.dispose();
            }
        } catch (Rejected e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            if (e.getCause() instanceof OutOfMemoryError memory) {
                throw memory;
            }
            throw broken(String.valueOf(e.getMessage()), e);
        }
    }

    /** A GIF's first frame may be smaller than the picture: what lies beside it is seen through. */
    private static BufferedImage onItsScreen(ImageReader reader) throws IOException {
        ToIntFunction<String> screen = numbers(reader.getStreamMetadata(), "LogicalScreenDescriptor");
        ToIntFunction<String> place = numbers(reader.getImageMetadata(0), "ImageDescriptor");
        int left = place.applyAsInt("imageLeftPosition");
        int top = place.applyAsInt("imageTopPosition");
        BufferedImage frame = reader.read(0);
        int width = Math.max(screen.applyAsInt("logicalScreenWidth"), left + frame.getWidth());
        int height = Math.max(screen.applyAsInt("logicalScreenHeight"), top + frame.getHeight());
        if (width == frame.getWidth() && height == frame.getHeight()) {
            return frame;
        }
        if ((long) width * height > MOST_SCREEN) {
            throw new Rejected(Code.TOO_MANY_PIXELS, "The GIF's first frame lies on %,d × %,d pixels; crop it or scale it down.".formatted(width, height));
        }
        BufferedImage whole = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = whole.createGraphics();
        graphics.drawImage(frame, left, top, null);
        graphics.dispose();
        return whole;
    }

    /** @param alpha whether what lies beside the colours may be that */
    private static BufferedImage withoutSpares(BufferedImage image, boolean alpha) {
        if (!(image.getColorModel() instanceof ComponentColorModel own)) {
            return image;
        }
        boolean seenThrough = alpha && own.hasAlpha();
        int kept = own.getNumColorComponents() + (seenThrough ? 1 : 0);
        if (image.getRaster().getNumBands() == kept) {
            return image;
        }
        ColorModel model = new ComponentColorModel(own.getColorSpace(), seenThrough, seenThrough && own.isAlphaPremultiplied(),
                seenThrough ? ColorModel.TRANSLUCENT : ColorModel.OPAQUE, own.getTransferType());
        return new BufferedImage(model, first(model, image.getRaster()), model.isAlphaPremultiplied(), null);
    }

    private static ToIntFunction<String> numbers(IIOMetadata metadata, String node) {
        IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(metadata.getNativeMetadataFormatName());
        Element found = (Element) root.getElementsByTagName(node).item(0);
        return name -> Integer.parseInt(found.getAttribute(name));
    }

    /** Profiles of RGB and grey are passed over: the samples are as they are in the file. */
    private static BufferedImage withoutProfile(ImageReader reader) throws IOException {
        ImageTypeSpecifier stored = reader.getRawImageType(0);
        if (stored == null || !(stored.getColorModel() instanceof ComponentColorModel own) || own.getColorSpace().isCS_sRGB()) {
            return reader.read(0);
        }
        int type = own.getColorSpace().getType();
        if (type != ColorSpace.TYPE_RGB && type != ColorSpace.TYPE_GRAY) {
            return reader.read(0);
        }
        ImageReadParam param = reader.getDefaultReadParam();
        param.setDestinationType(stored);
        ColorSpace plain = ColorSpace.getInstance(type == ColorSpace.TYPE_RGB ? ColorSpace.CS_sRGB : ColorSpace.CS_GRAY);
        ColorModel renamed = new ComponentColorModel(plain, own.hasAlpha(), own.isAlphaPremultiplied(),
                own.getTransparency(), own.getTransferType());
        return new BufferedImage(renamed, first(renamed, reader.read(0, param).getRaster()), renamed.isAlphaPremultiplied(), null);
    }

    /** Those of the samples that the model knows. */
    private static WritableRaster first(ColorModel model, WritableRaster samples) {
        int width = samples.getWidth();
        int height = samples.getHeight();
        if (samples.getNumBands() == model.getNumComponents()) {
            return samples;
        }
        // Java's colour conversion trips over a raster that leaves bands out
        WritableRaster copy = model.createCompatibleWritableRaster(width, height);
        copy.setRect(samples.createWritableChild(0, 0, width, height, 0, 0, IntStream.range(0, model.getNumComponents()).toArray()));
        return copy;
    }

    private static void refuseIfCutShort(String warning) {
        String text = warning.toLowerCase(Locale.ROOT);
        if (text.contains("premature") || text.contains("truncated") || text.contains("end of")) {
            throw broken(warning, null);
        }
    }

    private static Rejected broken(String why, Exception cause) {
        return new Rejected(Code.BROKEN_IMAGE,
                "The image cannot be decoded to its end (%s). Export it anew, or upload it again if the upload broke off.".formatted(why), cause);
    }

    private static BufferedImage srgb(BufferedImage image) {
        ColorModel colors = image.getColorModel();
        int bits = colors.getComponentSize(0);
        if (bits > MOST_BITS) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "Samples of %d bits are not read here; save the image with 8 or 16.".formatted(bits));
        }
        if (image.getType() == BufferedImage.TYPE_INT_ARGB || image.getType() == BufferedImage.TYPE_INT_RGB) {
            return image;
        }
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(),
                colors.hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        if (colors.getColorSpace().getType() == ColorSpace.TYPE_GRAY && !(colors instanceof IndexColorModel)) {
            copyGrey(image, out);
        } else if (colors.getColorSpace().isCS_sRGB()) {
            Graphics2D graphics = out.createGraphics();
            graphics.setComposite(AlphaComposite.Src);
            graphics.drawImage(image, 0, 0, null);
            graphics.dispose();
        } else {
            new ColorConvertOp(null).filter(image, out);
        }
        return out;
    }

    /** Java takes grey samples for linear light and would brighten them; they are not, so they are copied as they are. */
    private static void copyGrey(BufferedImage image, BufferedImage out) {
        java.awt.image.Raster samples = image.getRaster();
        int width = image.getWidth();
        int max = (1 << image.getColorModel().getComponentSize(0)) - 1;
        boolean alpha = samples.getNumBands() > 1;
        int[] grey = new int[width];
        int[] opacity = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            samples.getSamples(0, y, width, 1, 0, grey);
            if (alpha) {
                samples.getSamples(0, y, width, 1, 1, opacity);
            }
            for (int x = 0; x < width; x++) {
                int v = grey[x] * 255 / max;
                int a = alpha ? opacity[x] * 255 / max : 255;
                grey[x] = a << 24 | v << 16 | v << 8 | v;
            }
            out.setRGB(0, y, width, 1, grey, 0, width);
        }
    }

    private static boolean isOpaque(BufferedImage image) {
        if (!image.getColorModel().hasAlpha()) {
            return true;
        }
        int[] row = new int[image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int pixel : image.getRGB(0, y, row.length, 1, row, 0, row.length)) {
                if (pixel >>> 24 != 255) {
                    return false;
                }
            }
        }
        return true;
    }

    /** EXIF orientation 1..8; 1 where there is none, or none that makes sense. */
    private static int orientation(Path file) {
        try {
            ExifIFD0Directory exif = ImageMetadataReader.readMetadata(file.toFile()).getFirstDirectoryOfType(ExifIFD0Directory.class);
            Integer value = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            return value == null || value < 1 || value > 8 ? 1 : value;
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return 1;
        }
    }

    private static BufferedImage upright(BufferedImage image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        int w = image.getWidth();
        int h = image.getHeight();
        AffineTransform turn = switch (orientation) {
            case 2 -> new AffineTransform(-1, 0, 0, 1, w, 0);
            case 3 -> new AffineTransform(-1, 0, 0, -1, w, h);
            case 4 -> new AffineTransform(1, 0, 0, -1, 0, h);
            case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
            case 6 -> new AffineTransform(0, 1, -1, 0, h, 0);
            case 7 -> new AffineTransform(0, -1, -1, 0, h, w);
            default -> new AffineTransform(0, -1, 1, 0, 0, w);
        };
        boolean sideways = orientation >= 5;
        BufferedImage upright = new BufferedImage(sideways ? h : w, sideways ? w : h, image.getType());
        Graphics2D graphics = upright.createGraphics();
        graphics.drawImage(image, turn, null);
        graphics.dispose();
        return upright;
    }
}

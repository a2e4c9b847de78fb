package io.safelight.transform;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Images made for tests. */
public final class Samples {
    /** The colours of the four quarters of {@link #quarters}: top left, top right, bottom left, bottom right. */
    public static final Color[] QUARTERS = {Color.RED, Color.GREEN, Color.BLUE, Color.WHITE};

    private Samples() {}

    public static BufferedImage quarters(int width, int height, int type) {
        BufferedImage image = new BufferedImage(width, height, type);
        Graphics2D graphics = image.createGraphics();
        for (int i = 0; i < 4; i++) {
            graphics.setColor(QUARTERS[i]);
            graphics.fillRect(i % 2 * width / 2, i / 2 * height / 2, (width + 1) / 2, (height + 1) / 2);
        }
        graphics.dispose();
        return image;
    }

    public static BufferedImage quarters(int width, int height) {
        return quarters(width, height, BufferedImage.TYPE_INT_RGB);
    }

    /** Squares of black and white, four pixels wide. */
    public static BufferedImage chequers(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, (i % width / 4 + i / width / 4) % 2 * 0xffffff);
        }
        return image;
    }

    /** With an EXIF chunk at the end. @param webp in the extended format, without one */
    public static byte[] webpWithOrientation(byte[] webp, int orientation) {
        byte[] tiff = HexFormat.of().parseHex("4d4d002a0000000800010112000300000001%04x000000000000".formatted(orientation));
        byte[] whole = ByteBuffer.allocate(webp.length + 8 + tiff.length).order(ByteOrder.LITTLE_ENDIAN).put(webp)
                .put("EXIF".getBytes(StandardCharsets.US_ASCII)).putInt(tiff.length).put(tiff).putInt(4, webp.length + tiff.length).array();
        whole[20] |= 0x08; // VP8X says that there is one
        return whole;
    }

    /** A Windows BMP with a mask for alpha, rows from the bottom. */
    public static byte[] bmpWithAlpha(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        ByteBuffer bmp = ByteBuffer.allocate(14 + 108 + 4 * width * height).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put((byte) 'B').put((byte) 'M').putInt(bmp.capacity()).putInt(0).putInt(14 + 108);
        bmp.putInt(108).putInt(width).putInt(height).putShort((short) 1).putShort((short) 32).putInt(3).putInt(4 * width * height)
                .putInt(2835).putInt(2835).putInt(0).putInt(0);
        bmp.putInt(0xff0000).putInt(0xff00).putInt(0xff).putInt(0xff000000).putInt(0x73524742);
        bmp.position(14 + 108);
        for (int y = height - 1; y >= 0; y--) {
            for (int x = 0; x < width; x++) {
                bmp.putInt(image.getRGB(x, y));
            }
        }
        return bmp.array();
    }

    /**
     * A TIFF of one colour, uncompressed, in big-endian order.
     *
     * @param bits    of a sample: 8, 16 or 32
     * @param colours 1 for grey or 3
     * @param extra   kinds of the samples beyond the colours, as in tag 338
     * @param profile of the colours; may be empty
     * @param pixel   its samples
     */
    public static byte[] tiff(int side, int bits, int colours, int[] extra, byte[] profile, int... pixel) {
        int channels = pixel.length;
        int entries = 9 + (extra.length > 0 ? 1 : 0) + (profile.length > 0 ? 1 : 0);
        int lists = 8 + 2 + 12 * entries + 4;
        int colourProfile = lists + 2 * channels + 2 * extra.length;
        int data = colourProfile + profile.length;
        ByteBuffer tiff = ByteBuffer.allocate(data + side * side * channels * bits / 8);
        tiff.putInt(0x4d4d002a).putInt(8).putShort((short) entries);
        tiffEntry(tiff, 256, side);
        tiffEntry(tiff, 257, side);
        tiffList(tiff, 258, lists, Collections.nCopies(channels, bits));
        tiffEntry(tiff, 259, 1);
        tiffEntry(tiff, 262, colours == 1 ? 1 : 2);
        tiff.putShort((short) 273).putShort((short) 4).putInt(1).putInt(data);
        tiffEntry(tiff, 277, channels);
        tiffEntry(tiff, 278, side);
        tiff.putShort((short) 279).putShort((short) 4).putInt(1).putInt(tiff.capacity() - data);
        if (extra.length > 0) {
            tiffList(tiff, 338, lists + 2 * channels, Arrays.stream(extra).boxed().toList());
        }
        if (profile.length > 0) {
            tiff.putShort((short) 34675).putShort((short) 7).putInt(profile.length).putInt(colourProfile).put(colourProfile, profile);
        }
        tiff.putInt(0).position(data);
        for (int i = 0; i < side * side * channels; i++) {
            int sample = pixel[i % channels];
            switch (bits) {
                case 8 -> tiff.put((byte) sample);
                case 16 -> tiff.putShort((short) sample);
                default -> tiff.putInt(sample);
            }
        }
        return tiff.array();
    }

    public static byte[] tiff(int side, int bits, int colours, int[] extra, int... pixel) {
        return tiff(side, bits, colours, extra, new byte[0], pixel);
    }

    private static void tiffEntry(ByteBuffer tiff, int tag, int value) {
        tiffList(tiff, tag, 0, List.of(value));
    }

    /** Of short numbers. @param place where they are put if an entry has no room for them */
    private static void tiffList(ByteBuffer tiff, int tag, int place, List<Integer> values) {
        tiff.putShort((short) tag).putShort((short) 3).putInt(values.size());
        int at = values.size() <= 2 ? tiff.position() : place;
        for (int i = 0; i < values.size(); i++) {
            tiff.putShort(at + 2 * i, values.get(i).shortValue());
        }
        if (at == place) {
            tiff.putInt(tiff.position(), place);
        }
        tiff.position(tiff.position() + 4);
    }

    public static byte[] encoded(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, out)) {
                throw new IllegalArgumentException("ImageIO does not write this as " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** A JPEG whose EXIF block says how it was held, where it was taken and who owns it. */
    public static byte[] withExif(byte[] jpeg, int orientation) {
        byte[] tiff = HexFormat.of().parseHex("4d4d002a00000008" // big endian, first directory at 8
                + "0003"
                + "0112000300000001%04x0000".formatted(orientation)
                + "829800020000000441626300" // copyright
                + "882500040000000100000032" // GPS directory at 50
                + "00000000"
                + "00010001000200000002" + "4e000000" + "00000000"); // north
        byte[] segment = ByteBuffer.allocate(10 + tiff.length).putShort((short) 0xffe1).putShort((short) (8 + tiff.length))
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff).array();
        return inserted(jpeg, segment);
    }

    /** One ink all over, 255 being full, stored upside down under Adobe's marker as Photoshop does. */
    public static byte[] cmykJpeg(int width, int height, int[] ink) {
        return cmykJpeg(width, height, (x, y) -> ink);
    }

    /** As a printer without a profile would: as much black as every colour has in common, the rest in cyan, magenta and yellow. */
    public static byte[] cmykJpeg(BufferedImage image) {
        return cmykJpeg(image.getWidth(), image.getHeight(), (x, y) -> {
            Color colour = new Color(image.getRGB(x, y));
            int light = Math.max(colour.getRed(), Math.max(colour.getGreen(), colour.getBlue()));
            return new int[] {light - colour.getRed(), light - colour.getGreen(), light - colour.getBlue(), 255 - light};
        });
    }

    private interface Inks {
        int[] at(int x, int y);
    }

    private static byte[] cmykJpeg(int width, int height, Inks inks) {
        WritableRaster samples = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, null);
        for (int i = 0; i < width * height; i++) {
            samples.setPixel(i % width, i / width, Arrays.stream(inks.at(i % width, i / width)).map(v -> 255 - v).toArray());
        }
        byte[] jpeg = written("jpeg", writer -> writer.write(new IIOImage(samples, null, null)));
        return inserted(jpeg, HexFormat.of().parseHex("ffee000e41646f626500640000000000"));
    }

    public static byte[] withBrokenProfile(byte[] jpeg) {
        byte[] segment = new byte[200];
        ByteBuffer.wrap(segment).putShort((short) 0xffe2).putShort((short) 198)
                .put("ICC_PROFILE\0\1\1".getBytes(StandardCharsets.US_ASCII));
        return inserted(jpeg, segment);
    }

    /** A segment put behind the start of a JPEG. */
    private static byte[] inserted(byte[] jpeg, byte[] segment) {
        return ByteBuffer.allocate(jpeg.length + segment.length).put(jpeg, 0, 2).put(segment).put(jpeg, 2, jpeg.length - 2).array();
    }

    /** A chunk put behind the header of a PNG. */
    static byte[] pngWith(byte[] png, String type, byte[] content) {
        byte[] named = ByteBuffer.allocate(4 + content.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(content).array();
        CRC32 sum = new CRC32();
        sum.update(named);
        int header = 8 + 25;
        return ByteBuffer.allocate(png.length + 8 + named.length).put(png, 0, header).putInt(content.length).put(named).putInt((int) sum.getValue())
                .put(png, header, png.length - header).array();
    }

    /** A segment of this kind. */
    static byte[] jpegWith(byte[] jpeg, int marker, byte[] content) {
        return inserted(jpeg, ByteBuffer.allocate(4 + content.length).putShort((short) marker).putShort((short) (2 + content.length)).put(content).array());
    }

    static byte[] gifWithComment(byte[] gif, byte[] comment) {
        int blocks = firstBlock(gif);
        return ByteBuffer.allocate(gif.length + 4 + comment.length).put(gif, 0, blocks).putShort((short) 0x21fe).put((byte) comment.length).put(comment).put((byte) 0)
                .put(gif, blocks, gif.length - blocks).array();
    }

    /** Where it is, behind the palette. */
    private static int firstBlock(byte[] gif) {
        return 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 << (gif[10] & 7) + 1);
    }

    /** Of the highest quality. */
    static byte[] fineJpeg(BufferedImage image) {
        return written("jpeg", writer -> {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(1);
            writer.write(null, new IIOImage(image, null, null), param);
        });
    }

    /** A GIF whose frame is put elsewhere, on a screen of this size. */
    static byte[] onScreen(byte[] gif, int width, int height, int left, int top) {
        ByteBuffer moved = ByteBuffer.wrap(gif.clone()).order(ByteOrder.LITTLE_ENDIAN).putShort(6, (short) width).putShort(8, (short) height);
        int frame = firstBlock(gif);
        while (gif[frame] != 0x2c) {
            // extensions of a single block, as ImageIO writes them
            frame += 2 + 1 + (gif[frame + 2] & 0xff) + 1;
        }
        return moved.putShort(frame + 1, (short) left).putShort(frame + 3, (short) top).array();
    }

    public static byte[] animatedGif(BufferedImage... frames) {
        return written("gif", writer -> {
            writer.prepareWriteSequence(null);
            for (BufferedImage frame : frames) {
                writer.writeToSequence(new IIOImage(frame, null, null), null);
            }
            writer.endWriteSequence();
        });
    }

    private interface Writing {
        void with(ImageWriter writer) throws IOException;
    }

    private static byte[] written(String format, Writing writing) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writing.with(writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    public static byte[] cut(byte[] file, double share) {
        return Arrays.copyOf(file, (int) (file.length * share));
    }

    public static Path file(Path folder, String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.safelight.validate;

import io.safelight.model.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small images of every format: written by the JDK where it can, and by hand, header only, where it cannot. */
public final class Samples {
    private Samples() {}

    /** One valid file of each format, 40 × 30. */
    static Map<Format, byte[]> all() {
        Map<Format, byte[]> samples = new EnumMap<>(Format.class);
        for (Format written : new Format[] {Format.JPEG, Format.PNG, Format.GIF, Format.TIFF, Format.BMP}) {
            samples.put(written, written(written, 40, 30));
        }
        samples.put(Format.WEBP, losslessWebP(40, 30));
        samples.put(Format.AVIF, isoMedia("avif", 40, 30));
        samples.put(Format.HEIC, isoMedia("heic", 40, 30));
        return samples;
    }

    static byte[] written(Format format, int width, int height) {
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            if (!ImageIO.write(picture(width, height), format.slug(), out)) {
                throw new IllegalStateException("no writer for " + format);
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] progressiveJpeg(int width, int height) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(picture(width, height), null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    static byte[] animation(Format format, int frames) throws IOException {
        Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format.slug());
        ImageWriter writer = writers.next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.prepareWriteSequence(null);
            for (int i = 0; i < frames; i++) {
                writer.writeToSequence(new IIOImage(picture(40, 30), null, null), null);
            }
            writer.endWriteSequence();
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    static byte[] losslessWebP(int width, int height) {
        ByteBuffer body = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        body.put((byte) 0x2f).putInt(width - 1 | height - 1 << 14).put((byte) 0);
        return riff(riffChunk("VP8L", body.array()));
    }

    static byte[] animatedWebP(int width, int height, int frames) {
        ByteBuffer extended = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        extended.putInt(0x02).putShort((short) (width - 1)).put((byte) 0).putShort((short) (height - 1)).put((byte) 0);
        byte[] chunks = riffChunk("VP8X", extended.array());
        for (int i = 0; i < frames; i++) {
            chunks = join(chunks, riffChunk("ANMF", new byte[16]));
        }
        return riff(chunks);
    }

    private static byte[] riff(byte[] chunks) {
        return join(riffChunk("RIFF", join(latin1("WEBP"), chunks)));
    }

    private static byte[] riffChunk(String type, byte[] body) {
        return join(latin1(type), ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(body.length).array(), body);
    }

    static byte[] isoMedia(String brand, int width, int height) {
        byte[] size = box("ispe", ByteBuffer.allocate(12).putInt(0).putInt(width).putInt(height).array());
        byte[] tile = box("ispe", ByteBuffer.allocate(12).putInt(0).putInt(8).putInt(8).array());
        byte[] meta = box("meta", join(new byte[4], box("iprp", box("ipco", join(tile, size)))));
        return join(box("ftyp", latin1(brand + "\0\0\0\0mif1" + brand)), meta, box("mdat", new byte[32]));
    }

    static byte[] box(String type, byte[] body) {
        return join(ByteBuffer.allocate(4).putInt(body.length + 8).array(), latin1(type), body);
    }

    /** A PNG of which only IHDR is true; 41 bytes with an IDAT that is not there. */
    public static byte[] pngHeader(int width, int height, int depth, int colourType) {
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth).put((byte) colourType);
        return join(latin1(Png.SIGNATURE), pngChunk("IHDR", header.array()), new byte[4], latin1("IDAT"));
    }

    static byte[] pngChunk(String type, byte[] body) {
        byte[] content = join(latin1(type), body);
        CRC32 crc = new CRC32();
        crc.update(content);
        return join(ByteBuffer.allocate(4).putInt(body.length).array(), content, ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    static BufferedImage picture(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, (x * 7 & 0xff) << 16 | (y * 5 & 0xff) << 8 | (x ^ y) & 0xff);
            }
        }
        return image;
    }

    static BufferedImage read(byte[] bytes) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(bytes));
    }

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

package io.safelight.it;

import io.safelight.transform.Samples;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Small real images, each number another one, that no policy has anything against. */
public final class TestImages {
    private TestImages() {}

    public static byte[] jpeg(int number, int width, int height) {
        return Samples.encoded(picture(number, width, height), "jpeg");
    }

    public static byte[] png(int number, int width, int height) {
        return Samples.encoded(picture(number, width, height), "png");
    }

    /** The same picture with noise over it that no format makes small: two bytes a pixel, or nearly. */
    public static byte[] noisyPng(int number, int width, int height, long noise) {
        BufferedImage image = picture(number, width, height);
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        SplittableRandom random = new SplittableRandom(noise);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] ^= random.nextInt() & 0x0f0f0f;
        }
        return Samples.encoded(image, "png");
    }

    /** A JPEG that is held as said, was taken somewhere, belongs to somebody, and carries all that in EXIF and XMP. */
    public static byte[] tagged(byte[] jpeg, int orientation) {
        byte[] xmp = ("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                + "<rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:creator=\"somebody\"/></rdf:RDF></x:xmpmeta>").getBytes(StandardCharsets.UTF_8);
        return Samples.withExif(withApplicationData(jpeg, xmp), orientation);
    }

    /** A JPEG whose EXIF says who took it, with which camera, and at a place of so many degrees, minutes and seconds north and east. */
    public static byte[] personal(byte[] jpeg, String artist, String serial, int degrees, int minutes, int seconds) {
        byte[] by = (artist + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] with = (serial + "\0").getBytes(StandardCharsets.US_ASCII);
        int exif = 50;
        int gps = exif + 18;
        int texts = gps + 54;
        int angles = texts + by.length + with.length;
        ByteBuffer tiff = ByteBuffer.allocate(angles + 24).put("MM\0*".getBytes(StandardCharsets.US_ASCII)).putInt(8);
        tiff.putShort((short) 3);
        entry(tiff, 0x013b, 2, by.length, texts);
        entry(tiff, 0x8769, 4, 1, exif);
        entry(tiff, 0x8825, 4, 1, gps);
        tiff.putInt(0).putShort((short) 1);
        entry(tiff, 0xa431, 2, with.length, texts + by.length);
        tiff.putInt(0).putShort((short) 4);
        entry(tiff, 1, 2, 2, 'N' << 24);
        entry(tiff, 2, 5, 3, angles);
        entry(tiff, 3, 2, 2, 'E' << 24);
        entry(tiff, 4, 5, 3, angles);
        tiff.putInt(0).put(by).put(with);
        for (int part : new int[] {degrees, minutes, seconds}) {
            tiff.putInt(part).putInt(1);
        }
        return withApplicationData(jpeg, ByteBuffer.allocate(6 + tiff.capacity()).put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff.array()).array());
    }

    /** Of a TIFF directory. */
    private static void entry(ByteBuffer tiff, int tag, int type, int count, int value) {
        tiff.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
    }

    private static byte[] withApplicationData(byte[] jpeg, byte[] data) {
        return ByteBuffer.allocate(jpeg.length + 4 + data.length).put(jpeg, 0, 2).putShort((short) 0xffe1).putShort((short) (2 + data.length)).put(data)
                .put(jpeg, 2, jpeg.length - 2).array();
    }

    /** A sky over a field, and as many houses in the field as the number's bits say. */
    private static BufferedImage picture(int number, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setPaint(new GradientPaint(0, 0, new Color(90, 140, 220), 0, height / 2f, new Color(210, 225, 245)));
        g.fillRect(0, 0, width, height / 2);
        g.setPaint(new GradientPaint(0, height / 2f, new Color(110, 150, 70), 0, height, new Color(60, 90, 40)));
        g.fillRect(0, height / 2, width, height - height / 2);
        int houses = 16;
        for (int i = 0; i < houses; i++) {
            if ((number >> i & 1) == 1) {
                g.setColor(new Color(70 + 8 * i, 70 + 6 * i, 80));
                g.fillRect(i * width / houses, height / 2 - height / 8, Math.max(1, width / houses), height / 4);
            }
        }
        g.dispose();
        return image;
    }
}

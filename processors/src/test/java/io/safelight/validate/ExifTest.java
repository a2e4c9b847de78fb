package io.safelight.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.Format;
import io.safelight.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExifTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatACameraWrote() {
        Map<String, Map<String, String>> facts = Exif.read(SharedData.path("corpora/exif/gps/DSCN0010.jpg"), false);
        assertEquals("NIKON", facts.get("Exif IFD0").get("Make"));
        assertEquals("2008:10:22 16:28:39", facts.get("Exif SubIFD").get("Date/Time Original"));
    }

    @Test
    void keepsPositionsOnlyWhenToldTo() {
        Path tagged = SharedData.path("corpora/exif/gps/DSCN0010.jpg");
        assertFalse(Exif.read(tagged, false).toString().toLowerCase().contains("gps"));
        assertTrue(Exif.read(tagged, true).get("GPS").get("GPS Latitude").startsWith("43"));
    }

    @Test
    void keepsNeitherSerialNumbersNorMakerNotesNorBinaryData() {
        for (Path photo : SharedData.files("photos")) {
            Exif.read(photo, true).forEach((group, tags) -> {
                assertTrue(List.of("Exif IFD0", "Exif SubIFD", "GPS", "IPTC", "XMP").contains(group), group);
                tags.forEach((tag, text) -> {
                    assertFalse(tag.toLowerCase().contains("serial") || tag.contains("Makernote"), () -> photo + " " + tag);
                    assertFalse(text.matches("\\[\\d+ values]"), () -> photo + " " + tag);
                });
            });
        }
    }

    @Test
    void readsExifAndXmpOfPngs() throws IOException {
        byte[] png = Samples.all().get(Format.PNG);
        String packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
                + "<rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='Brush'/></rdf:RDF></x:xmpmeta>";
        byte[] xmp = Samples.pngChunk("iTXt", Samples.latin1("XML:com.adobe.xmp\0\0\0\0\0" + packet));
        byte[] exif = Samples.pngChunk("eXIf", tiff("Leica"));
        Map<String, Map<String, String>> facts = read(Samples.join(Arrays.copyOf(png, 33), exif, xmp, Arrays.copyOfRange(png, 33, png.length)));
        assertEquals("Leica", facts.get("Exif IFD0").get("Make"));
        assertEquals("Brush", facts.get("XMP").get("xmp:CreatorTool"));
    }

    @Test
    void writesTextThatADatabaseTakes() throws IOException {
        Map<String, Map<String, String>> facts = read(jpegWith(tiff("Le\u0007ica\ninc" + "x".repeat(5000))));
        String make = facts.get("Exif IFD0").get("Make");
        assertTrue(make.startsWith("Leica\nincxxx"), make);
        assertEquals(500, make.length());
    }

    @Test
    void doesNotFollowEntitiesOfXmp() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hunter2");
        String packet = "<!DOCTYPE x [<!ENTITY e SYSTEM '" + secret.toUri() + "'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
                + "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/'>"
                + "<xmp:CreatorTool>&e;</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta>";
        byte[] body = Samples.latin1("http://ns.adobe.com/xap/1.0/\0" + packet);
        assertFalse(read(jpegWithApp1(body)).toString().contains("hunter2"));
    }

    @Test
    void neverThrowsForBadMetadata() throws IOException {
        for (Path invalid : SharedData.files("corpora/exif/invalid")) {
            Exif.read(invalid, true);
        }
        Random random = new Random(42);
        byte[] good = jpegWith(tiff("Leica"));
        for (int round = 0; round < 500; round++) {
            byte[] bad = good.clone();
            for (int flips = 0; flips < 3; flips++) {
                bad[random.nextInt(80)] = (byte) random.nextInt();
            }
            read(bad);
        }
        for (byte[] sample : Samples.all().values()) {
            read(sample);
            read(Arrays.copyOf(sample, sample.length / 2));
        }
        read(new byte[0]);
    }

    private Map<String, Map<String, String>> read(byte[] bytes) throws IOException {
        return Exif.read(Files.write(folder.resolve("image"), bytes), false);
    }

    /** An EXIF block with the one tag Make. */
    private static byte[] tiff(String make) {
        byte[] text = Samples.latin1(make + "\0");
        ByteBuffer exif = ByteBuffer.allocate(26 + text.length).order(ByteOrder.LITTLE_ENDIAN);
        exif.put(Samples.latin1("II*\0")).putInt(8).putShort((short) 1);
        exif.putShort((short) 0x010f).putShort((short) 2).putInt(text.length).putInt(26).putInt(0).put(text);
        return exif.array();
    }

    private static byte[] jpegWith(byte[] exif) {
        return jpegWithApp1(Samples.join(Samples.latin1("Exif\0\0"), exif));
    }

    private static byte[] jpegWithApp1(byte[] body) {
        byte[] jpeg = Samples.all().get(Format.JPEG);
        int length = body.length + 2;
        byte[] app1 = Samples.join(new byte[] {(byte) 0xff, (byte) 0xe1, (byte) (length >> 8), (byte) length}, body);
        return Samples.join(Arrays.copyOf(jpeg, 2), app1, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }
}

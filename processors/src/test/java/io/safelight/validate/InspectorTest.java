package io.safelight.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InspectorTest {
    private static final Rules RULES = new Rules(EnumSet.complementOf(EnumSet.of(Format.SVG)), 100_000_000, 512_000_000, 30_000, 500);

    private final Inspector inspector = new Inspector();

    @TempDir
    Path folder;

    @Test
    void tellsFormatAndSizeOfEveryFormat() {
        Samples.all().forEach((format, bytes) -> {
            Inspection inspection = inspect(bytes);
            assertEquals(format, inspection.format());
            assertEquals(40, inspection.width(), format::slug);
            assertEquals(30, inspection.height(), format::slug);
            assertEquals(1, inspection.frames(), format::slug);
            assertTrue(inspection.decodedBytes() >= 40 * 30 * 3, format::slug);
            assertFalse(inspection.slow(), format::slug);
        });
    }

    // ---- the declared type

    @ParameterizedTest
    @ValueSource(strings = {"image/jpeg", "IMAGE/JPG", "image/pjpeg; q=1", "application/octet-stream", "binary/octet-stream", " "})
    void takesATypeThatAgreesOrSaysNothing(String declared) {
        assertEquals(Format.JPEG, inspect(Samples.all().get(Format.JPEG), Optional.of(declared), RULES).format());
    }

    @Test
    void refusesAnotherFormatThanDeclared() {
        refused(Code.TYPE_MISMATCH, Samples.all().get(Format.PNG), Optional.of("image/jpeg"), RULES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/pdf", "image/x-unheard-of", "nonsense"})
    void refusesTypesThatAreNoImage(String declared) {
        refused(Code.UNSUPPORTED_TYPE, Samples.all().get(Format.PNG), Optional.of(declared), RULES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<svg xmlns='http://www.w3.org/2000/svg'/>", "\u00ef\u00bb\u00bf <?xml version='1.0'?>\n<SVG/>", "<!-- x --><svg/>"})
    void refusesADrawingWhereItIsNotAllowed(String drawing) {
        Rejected refusal = refused(Code.UNSUPPORTED_TYPE, Samples.latin1(drawing));
        assertTrue(refusal.getMessage().startsWith("image/svg+xml is not taken here"));
    }

    @Test
    void refusesAFormatThatIsNotAllowedAndNamesThoseThatAre() {
        Rules onlyPng = new Rules(Set.of(Format.PNG), 1_000_000, 1_000_000, 1000, 1);
        Rejected refusal = refused(Code.UNSUPPORTED_TYPE, Samples.all().get(Format.GIF), Optional.empty(), onlyPng);
        assertTrue(refusal.getMessage().endsWith("send image/png."), refusal::getMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "RIFF\u0024\0\0\0WAVEfmt ", "\0\0\0\u0018ftypisom\0\0\0\0mp42", "\u007fELF", "\u00ff\u00d8"})
    void refusesContentThatIsNoImage(String content) {
        refused(Code.UNSUPPORTED_TYPE, Samples.latin1(content));
    }

    // ---- sizes

    @Test
    void refusesNothingAtAll() {
        refused(Code.EMPTY_BODY, new byte[0]);
    }

    @Test
    void refusesMoreBytesThanAllowed() {
        byte[] jpeg = Samples.all().get(Format.JPEG);
        refused(Code.TOO_LARGE, jpeg, Optional.empty(), new Rules(RULES.formats(), jpeg.length - 1, 1 << 20, 1000, 1));
    }

    @Test
    void refusesASmallFileThatIsHugeOnceDecoded() {
        byte[] bomb = Samples.pngHeader(786_464, 32, 16, 6);
        assertEquals(41, bomb.length);
        refused(Code.TOO_MANY_PIXELS, bomb);
        refused(Code.TOO_MANY_PIXELS, bomb, Optional.empty(), new Rules(RULES.formats(), 1000, 100_000_000, Integer.MAX_VALUE, 1));
    }

    @Test
    void countsBytesRatherThanPixels() {
        Rules tight = new Rules(RULES.formats(), 1 << 20, 40 * 30 * 4, 1000, 1);
        assertEquals(40 * 30 * 3, inspect(Samples.all().get(Format.JPEG), Optional.empty(), tight).decodedBytes());
        refused(Code.TOO_MANY_PIXELS, Samples.pngHeader(40, 30, 16, 2), Optional.empty(), tight);
    }

    @ParameterizedTest
    @CsvSource({"2147483647,2147483647", "-1,-1", "30001,1", "1,30001"})
    void doesNotOverflowOnAbsurdSizes(int width, int height) {
        refused(Code.TOO_MANY_PIXELS, Samples.pngHeader(width, height, 16, 6));
    }

    @ParameterizedTest
    @CsvSource({"0,10", "10,0"})
    void refusesImagesWithoutPixels(int width, int height) {
        refused(Code.BROKEN_IMAGE, Samples.pngHeader(width, height, 8, 2));
        refused(Code.BROKEN_IMAGE, Samples.isoMedia("avif", width, height == 0 ? 0 : 1 << 31));
    }

    @Test
    void countsFramesOfAnimations() throws IOException {
        assertEquals(7, inspect(Samples.animation(Format.GIF, 7)).frames());
        assertEquals(3, inspect(Samples.animation(Format.TIFF, 3)).frames());
        assertEquals(5, inspect(Samples.animatedWebP(40, 30, 5)).frames());
        assertEquals(9, inspect(animatedPng(9)).frames());
        assertEquals(9L * 40 * 30 * 3, inspect(animatedPng(9)).decodedBytes());
    }

    @Test
    void refusesMoreFramesThanAllowed() throws IOException {
        Rules fewFrames = new Rules(RULES.formats(), 1 << 20, 1 << 30, 1000, 4);
        for (byte[] animation : new byte[][] {Samples.animation(Format.GIF, 5), Samples.animation(Format.TIFF, 5),
                Samples.animatedWebP(40, 30, 5), animatedPng(5), animatedPng(-1)}) {
            refused(Code.TOO_MANY_FRAMES, animation, Optional.empty(), fewFrames);
        }
    }

    @Test
    void refusesATiffWhoseDirectoriesGoRoundInCircles() {
        byte[] tiff = Samples.all().get(Format.TIFF);
        ByteOrder order = tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer buffer = ByteBuffer.wrap(tiff).order(order);
        int first = buffer.getInt(4);
        buffer.putInt(first + 2 + 12 * buffer.getShort(first), first);
        refused(Code.TOO_MANY_FRAMES, tiff);
    }

    /** Decoders make room for a frame that stands out of the screen, and take some screens for none at all. */
    @Test
    void countsTheFramesOfAGifThatStandOutOfItsScreen() throws IOException {
        ByteBuffer gif = ByteBuffer.wrap(Samples.animation(Format.GIF, 2)).order(ByteOrder.LITTLE_ENDIAN);
        gif.putShort(6, (short) 1).putShort(8, (short) 1);
        Inspection seen = inspect(gif.array());
        assertEquals("40 x 30", seen.width() + " x " + seen.height());
        assertEquals(2L * 40 * 30 * 4, seen.decodedBytes());

        int frame = 13 + ((gif.get(10) & 0x80) == 0 ? 0 : 3 << (gif.get(10) & 7) + 1);
        while (gif.get(frame) != 0x2c) {
            frame += 2;
            while (gif.get(frame) != 0) {
                frame += 1 + (gif.get(frame) & 0xff);
            }
            frame++;
        }
        gif.putShort(frame + 5, (short) 15_000).putShort(frame + 7, (short) 15_000);
        refused(Code.TOO_MANY_PIXELS, gif.array());
        gif.putShort(frame + 1, (short) 20_000);
        refused(Code.TOO_MANY_PIXELS, gif.array(), Optional.empty(), new Rules(RULES.formats(), 1 << 20, Long.MAX_VALUE, 30_000, 10));
    }

    @Test
    void refusesATiffThatStatesItsWidthTwice() {
        assertTrue(refused(Code.BROKEN_IMAGE, tiff(256, 60_000)).getMessage().contains("twice (tag 256)"));
    }

    @Test
    void takesATiffThatStatesTwiceWhatNoSizeDependsOn() {
        assertEquals(40, inspect(tiff(305, 305)).width());
    }

    /** Of 40 × 30 pixels; with one field that stands there twice, or once if it does anyway. */
    private static byte[] tiff(int tag, int value) {
        int[][] fields = {{tag, 4, value}, {tag == 256 ? 305 : tag, 4, value}, {256, 4, 40}, {257, 4, 30}, {258, 3, 8 << 16}, {262, 3, 1 << 16}, {277, 3, 1 << 16}};
        ByteBuffer tiff = ByteBuffer.allocate(8 + 2 + fields.length * 12 + 4);
        tiff.put(Samples.latin1("MM\0*")).putInt(8).putShort((short) fields.length);
        for (int[] field : fields) {
            tiff.putShort((short) field[0]).putShort((short) field[1]).putInt(1).putInt(field[2]);
        }
        return tiff.array();
    }

    @Test
    void countsWhatADecoderHoldsBesidesThePixels() throws IOException {
        assertEquals(40 * 30 * 3, inspect(Samples.written(Format.JPEG, 40, 30)).decodedBytes());
        assertEquals(40 * 30 * 6, inspect(Samples.progressiveJpeg(40, 30)).decodedBytes(), "and the coefficients of all scans, of colour for every fourth pixel");
        assertEquals(40 * 30 * 9, inspect(sampledEverywhere(Samples.progressiveJpeg(40, 30))).decodedBytes(), "of colour for each");
        assertEquals(40 * 30 * 11, inspect(Samples.written(Format.BMP, 40, 30)).decodedBytes(), "Java's copies");
    }

    /** A sample of each channel for each pixel, as the frame header has it. */
    private static byte[] sampledEverywhere(byte[] jpeg) {
        int frame = 2;
        while ((jpeg[frame + 1] & 0xff) != 0xc2) {
            frame += 2 + ByteBuffer.wrap(jpeg).getShort(frame + 2);
        }
        for (int channel = 0; channel < 3; channel++) {
            jpeg[frame + 11 + 3 * channel] = 0x11;
        }
        return jpeg;
    }

    @Test
    void takesLargeProgressiveImagesForSlow() throws IOException {
        assertTrue(inspect(Samples.progressiveJpeg(3200, 2800)).slow());
        assertFalse(inspect(Samples.progressiveJpeg(640, 480)).slow());
        assertFalse(inspect(Samples.written(Format.JPEG, 3200, 2800)).slow());
    }

    @Test
    void readsBothByteOrdersOfTiffAndRefusesBigTiff() {
        ByteBuffer big = ByteBuffer.allocate(8 + 2 + 5 * 12 + 4);
        big.put(Samples.latin1("MM\0*")).putInt(8).putShort((short) 5);
        int[][] fields = {{256, 3, 40 << 16}, {257, 4, 30}, {258, 3, 16 << 16}, {262, 3, 2 << 16}, {277, 3, 3 << 16}};
        for (int[] field : fields) {
            big.putShort((short) field[0]).putShort((short) field[1]).putInt(1).putInt(field[2]);
        }
        assertEquals(new Inspection(Format.TIFF, 40, 30, 1, 40 * 30 * 3 * 2, false), inspect(big.array()));
        big.put(3, (byte) 43);
        refused(Code.UNSUPPORTED_TYPE, big.array());
    }

    @Test
    void readsTopDownBitmaps() {
        byte[] bmp = Samples.all().get(Format.BMP);
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(22, -30);
        assertEquals(30, inspect(bmp).height());
    }

    // ---- damage

    @ParameterizedTest
    @EnumSource(names = {"JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIC", "BMP"})
    void refusesFilesThatAreCutShort(Format format) {
        byte[] whole = Samples.all().get(format);
        for (int length : new int[] {whole.length - 2, whole.length / 2 + 4, 20}) {
            Rejected refusal = refused(null, Arrays.copyOf(whole, length));
            assertEquals(Code.BROKEN_IMAGE, refusal.code(), () -> format + " cut to " + length);
        }
    }

    @Test
    void refusesAPngWhoseHeaderWasChanged() {
        byte[] png = Samples.all().get(Format.PNG);
        png[19]++;
        refused(Code.BROKEN_IMAGE, png);
    }

    @Test
    void refusesAWebPThatStatesTwoSizes() {
        byte[] extended = Samples.animatedWebP(40, 30, 0);
        byte[] image = Arrays.copyOfRange(Samples.losslessWebP(4000, 3000), 12, 26);
        byte[] both = Samples.join(extended, image);
        ByteBuffer.wrap(both).order(ByteOrder.LITTLE_ENDIAN).putInt(4, both.length - 8);
        refused(Code.BROKEN_IMAGE, both);
    }

    @Test
    void refusesAJpegWithAbsurdlyManyScans() throws IOException {
        byte[] jpeg = Samples.progressiveJpeg(40, 30);
        int scan = indexOf(jpeg, Samples.latin1("\u00ff\u00da"));
        byte[] scans = new byte[0];
        byte[] end = Arrays.copyOfRange(jpeg, scan, jpeg.length - 2);
        for (int i = 0; i < 200; i++) {
            scans = Samples.join(scans, end);
        }
        refused(Code.BROKEN_IMAGE, Samples.join(Arrays.copyOf(jpeg, scan), scans, Samples.latin1("\u00ff\u00d9")));
    }

    @Test
    void refusesBoxesThatClaimMoreThanThereIs() {
        byte[] avif = Samples.all().get(Format.AVIF);
        int media = indexOf(avif, Samples.latin1("mdat")) - 4;
        ByteBuffer.wrap(avif).putInt(media, 1).putLong(media + 8, Long.MAX_VALUE);
        refused(Code.BROKEN_IMAGE, avif);
    }

    @Test
    void neverThrowsAnythingButARefusalWhateverIsFlippedOrCut() {
        Random random = new Random(20_260_101);
        Map<Format, Integer> accepted = new HashMap<>();
        Samples.all().forEach((format, sample) -> {
            for (int round = 0; round < 700; round++) {
                byte[] bytes = Arrays.copyOf(sample, random.nextInt(4) == 0 ? random.nextInt(1, sample.length) : sample.length);
                for (int flips = random.nextInt(4); flips >= 0; flips--) {
                    bytes[random.nextInt(Math.min(bytes.length, 200))] = (byte) random.nextInt();
                }
                try {
                    Inspection inspection = inspect(bytes);
                    assertTrue(inspection.width() > 0 && inspection.height() > 0 && inspection.frames() > 0);
                    assertTrue(inspection.decodedBytes() <= RULES.maxDecodedBytes());
                    accepted.merge(inspection.format(), 1, Integer::sum);
                } catch (Rejected refusal) {
                    assertTrue(refusal.getMessage().endsWith("."), refusal::getMessage);
                }
            }
        });
        assertEquals(Samples.all().keySet(), accepted.keySet(), "some flips do no harm, so every format is accepted now and then");
    }

    // ---- real files

    @Test
    void acceptsRealPhotosWithTheSizeTheirDecoderSees() throws IOException {
        for (String corpus : new String[] {"photos", "pdq", "corpora/exif/orientation", "corpora/exif/gps", "corpora/exif/invalid"}) {
            for (Path photo : SharedData.files(corpus)) {
                Inspection inspection = inspector.inspect(photo, Optional.empty(), RULES);
                assertEquals(decoderSize(photo), inspection.width() + " x " + inspection.height(), photo::toString);
            }
        }
    }

    @Test
    void acceptsHeicFromPhones() {
        Set<String> sizes = new TreeSet<>();
        for (Path photo : SharedData.files("corpora/exif/heic-mobile")) {
            Inspection inspection = inspector.inspect(photo, Optional.of("image/heif"), RULES);
            assertEquals(Format.HEIC, inspection.format());
            sizes.add(inspection.width() + " x " + inspection.height());
        }
        assertEquals(Set.of("4032 x 3024", "4608 x 3456"), sizes);
    }

    @Test
    void refusesTheBrokenOnesOfPngSuiteAndTakesTheOthers() {
        for (Path png : SharedData.files("corpora/pngsuite")) {
            String name = png.getFileName().toString();
            if (!name.endsWith(".png")) {
                continue;
            }
            boolean broken = name.startsWith("x") && !name.startsWith("xcsn0g01"); // a wrong checksum on pixels is the decoder's to find
            try {
                inspector.inspect(png, Optional.of("image/png"), RULES);
                assertFalse(broken, name);
            } catch (Rejected refusal) {
                assertTrue(broken, () -> name + ": " + refusal.getMessage());
            }
        }
    }

    @Test
    void refusesACameraPhotoThatBrokeOff() {
        Path cut = SharedData.path("corpora/truncated/camera-truncated.jpg");
        assertEquals(Code.BROKEN_IMAGE, assertThrows(Rejected.class, () -> inspector.inspect(cut, Optional.empty(), RULES)).code());
    }

    @Test
    void survivesFilesThatFoundBugsInDecoders() {
        int refused = 0;
        for (Path seed : SharedData.files("corpora/decoder-seeds")) {
            try {
                inspector.inspect(seed, Optional.empty(), RULES);
            } catch (Rejected expected) {
                refused++;
            }
        }
        assertTrue(refused > 300, "most of them are broken, and only " + refused + " were refused");
    }

    // ---- helpers

    private Inspection inspect(byte[] bytes) {
        return inspect(bytes, Optional.empty(), RULES);
    }

    private Inspection inspect(byte[] bytes, Optional<String> declared, Rules rules) {
        try {
            return inspector.inspect(Files.write(folder.resolve("upload"), bytes), declared, rules);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Rejected refused(Code code, byte[] bytes) {
        return refused(code, bytes, Optional.empty(), RULES);
    }

    private Rejected refused(Code code, byte[] bytes, Optional<String> declared, Rules rules) {
        Rejected refusal = assertThrows(Rejected.class, () -> inspect(bytes, declared, rules));
        assertEquals(code == null ? refusal.code() : code, refusal.code(), refusal::getMessage);
        return refusal;
    }

    private static byte[] animatedPng(int frames) {
        byte[] png = Samples.all().get(Format.PNG);
        byte[] control = Samples.pngChunk("acTL", ByteBuffer.allocate(8).putInt(frames).array());
        int header = 33;
        return Samples.join(Arrays.copyOf(png, header), control, Arrays.copyOfRange(png, header, png.length));
    }

    private static String decoderSize(Path file) throws IOException {
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            ImageReader reader = ImageIO.getImageReaders(in).next();
            try {
                reader.setInput(in);
                return reader.getWidth(0) + " x " + reader.getHeight(0);
            } finally {
                reader.dispose();
            }
        }
    }

    static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i <= bytes.length - part.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new IllegalArgumentException("not in there");
    }
}

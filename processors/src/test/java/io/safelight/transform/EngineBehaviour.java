package io.safelight.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.drew.imaging.ImageMetadataReader;
import com.drew.metadata.Directory;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.GpsDirectory;
import com.drew.metadata.icc.IccDirectory;
import com.drew.metadata.iptc.IptcDirectory;
import com.drew.metadata.xmp.XmpDirectory;
import io.safelight.decode.ImageIoReader;
import io.safelight.decode.Pixels;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Perceptual;
import io.safelight.model.Size;
import io.safelight.model.VariantSpec;
import io.safelight.pdq.PdqHash;
import io.safelight.testing.SharedData;
import io.safelight.transform.ImageEngine.Rendering;
import io.safelight.transform.ImageEngine.Rendition;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntBinaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every engine does alike; each engine's test extends this. */
public abstract class EngineBehaviour {
    protected static final List<VariantSpec> VARIANTS = List.of(
            new VariantSpec("thumb", 160, List.of(Format.AVIF, Format.WEBP, Format.JPEG), 80),
            new VariantSpec("large", 640, List.of(Format.AVIF, Format.WEBP, Format.JPEG), 80));

    /** EXIF tags that libvips 8.14 writes anew into each WebP: they say nothing that the pixels do not. */
    private static final Set<Integer> OF_THE_FILE = Set.of(ExifDirectoryBase.TAG_ORIENTATION, ExifDirectoryBase.TAG_X_RESOLUTION,
            ExifDirectoryBase.TAG_Y_RESOLUTION, ExifDirectoryBase.TAG_RESOLUTION_UNIT, ExifDirectoryBase.TAG_YCBCR_POSITIONING,
            ExifDirectoryBase.TAG_EXIF_VERSION, ExifDirectoryBase.TAG_COMPONENTS_CONFIGURATION, ExifDirectoryBase.TAG_FLASHPIX_VERSION,
            ExifDirectoryBase.TAG_COLOR_SPACE, ExifDirectoryBase.TAG_EXIF_IMAGE_WIDTH, ExifDirectoryBase.TAG_EXIF_IMAGE_HEIGHT);

    private static final Path GOLDEN = Path.of("processors/src/test/resources/golden");

    @TempDir
    protected Path folder;

    protected abstract ImageEngine engine();

    /** What models look at. */
    protected abstract Pixels decode(Path file);

    @Test
    void makesAMasterAndEveryVariantInEveryFormatItWrites() throws Exception {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(1200, 800), "jpeg"));

        Rendering made = render(original, Format.JPEG, 1000);

        assertEquals(List.of(1200, 800), List.of(made.width(), made.height()));
        assertEquals(List.of("master", Format.JPEG, 1000, 667), describe(made.master()));
        Set<Format> formats = new TreeSet<>(VARIANTS.getFirst().formats());
        formats.retainAll(engine().writes());
        for (Format format : formats) {
            assertEquals(List.of("thumb", format, 160, 107), describe(variant(made, "thumb", format)));
            assertEquals(List.of("large", format, 640, 427), describe(variant(made, "large", format)));
        }
        assertEquals(2 * formats.size(), made.variants().size());
        for (Rendition rendition : everything(made)) {
            Pixels pixels = decode(rendition.file());
            assertEquals(List.of(rendition.width(), rendition.height()), List.of(pixels.width(), pixels.height()), rendition.toString());
            assertQuarters(pixels, Samples.QUARTERS, rendition.toString());
        }
        assertEquals(28, made.blurhash().length());
        assertTrue(made.dominantColor().matches("#[0-9a-f]{6}"), made.dominantColor());
    }

    @Test
    void tellsWhatAPictureLooksLikeWhicheverWayItIsHeld() {
        byte[] jpeg = Samples.encoded(Scene.opaque(), "jpeg");
        Perceptual upright = render(Samples.file(folder, "upright", jpeg), Format.JPEG, 2048).pdq();
        Perceptual turned = render(Samples.file(folder, "turned", Samples.withExif(jpeg, 6)), Format.JPEG, 2048).pdq();

        assertEquals(8, Set.copyOf(upright.hashes()).size());
        assertTrue(distance(upright.hashes().get(1), turned.hashes().getFirst()) <= 16, upright + " and " + turned);
        assertTrue(distance(upright.hashes().getFirst(), turned.hashes().getFirst()) > 62, upright + " and " + turned);
    }

    @Test
    void hashesArePdqsOwn() {
        Map<String, String> reference = Map.of(
                "aaa-orig.jpg", "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22",
                "bridge-2-rotate-90.jpg", "b0a10efd71cc3f429413d48d0ffffe12e34e0e17ada952a9d29684210aa9e5af",
                "bridge-5-flipx.jpg", "f8f80f31e0f417b00e37f5cd028f980fb36ed02a9662c1e233e6cc634e9c64dd");
        reference.forEach((name, hash) -> {
            Perceptual pdq = render(SharedData.path("pdq/" + name), Format.JPEG, 2048).pdq();
            int distance = distance(hash, pdq.hashes().getFirst());
            System.out.printf("%s: the PDQ hash of %s is %d bits from the reference's%n", engine().name(), name, distance);
            assertTrue(distance <= 10, name + " differs by " + distance);
            assertEquals(100, pdq.quality());
        });
    }

    private static int distance(String hash, String other) {
        return PdqHash.parse(hash).distance(PdqHash.parse(other));
    }

    @Test
    void makesEverySizeAlsoWhereNoneOfItsFormatsIsWritten() {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(100, 100), "png"));

        Rendering made = render(original, Format.PNG, 2048, List.of(new VariantSpec("odd", 50, List.of(Format.TIFF), 80)));

        assertEquals(List.of("odd", Format.JPEG, 50, 50), describe(made.variants().getFirst()));
    }

    @Test
    void neverEnlarges() {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(200, 100), "png"));

        Rendering made = render(original, Format.PNG, 2048);

        assertEquals(List.of("master", Format.JPEG, 200, 100), describe(made.master()));
        assertEquals(List.of("large", Format.JPEG, 200, 100), describe(variant(made, "large", Format.JPEG)));
        assertEquals(List.of("thumb", Format.JPEG, 160, 80), describe(variant(made, "thumb", Format.JPEG)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1x3000", "3000x1", "1x1", "2x5000"})
    void rendersTheThinnestImages(String size) {
        int width = Integer.parseInt(size.split("x")[0]);
        int height = Integer.parseInt(size.split("x")[1]);
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(width, height), "png"));

        Rendering made = render(original, Format.PNG, 1000);

        assertEquals(List.of(width, height), List.of(made.width(), made.height()));
        assertTrue(everything(made).stream().allMatch(r -> r.width() >= 1 && r.height() >= 1 && r.width() <= width && r.height() <= height));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void turnsAnImageUpright(int orientation) {
        Color[] stored = switch (orientation) {
            case 2 -> pick(1, 0, 3, 2);
            case 3 -> pick(3, 2, 1, 0);
            case 4 -> pick(2, 3, 0, 1);
            case 5 -> pick(0, 2, 1, 3);
            case 6 -> pick(2, 0, 3, 1);
            case 7 -> pick(3, 1, 2, 0);
            case 8 -> pick(1, 3, 0, 2);
            default -> Samples.QUARTERS;
        };
        byte[] jpeg = Samples.withExif(Samples.encoded(Samples.quarters(600, 400), "jpeg"), orientation);
        Path original = Samples.file(folder, "in", jpeg);
        boolean sideways = orientation >= 5;

        Rendering made = render(original, Format.JPEG, 300);

        assertEquals(sideways ? List.of(400, 600) : List.of(600, 400), List.of(made.width(), made.height()));
        assertEquals(sideways ? List.of("master", Format.JPEG, 200, 300) : List.of("master", Format.JPEG, 300, 200), describe(made.master()));
        assertEquals(160, variant(made, "thumb", Format.JPEG).width());
        assertQuarters(decode(made.master().file()), stored, "master");
        assertQuarters(decode(original), stored, "raster");
    }

    /** Each column has a level of its own, then each row: one off is a step of six or ten. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void turnsAnImageUprightToThePixel(int orientation) {
        int width = 40;
        int height = 24;
        boolean sideways = orientation >= 5;
        IntBinaryOperator columns = (x, y) -> 6 * x;
        IntBinaryOperator rows = (x, y) -> 10 * y;
        for (IntBinaryOperator levels : List.of(columns, rows)) {
            BufferedImage ramp = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < width * height; i++) {
                ramp.setRGB(i % width, i / width, levels.applyAsInt(i % width, i / width) * 0x10101);
            }
            Path original = Samples.file(folder, "in", Samples.withExif(Samples.fineJpeg(ramp), orientation));
            for (Pixels upright : List.of(decode(render(original, Format.JPEG, 2048).master().file()), decode(original))) {
                assertEquals(sideways ? List.of(height, width) : List.of(width, height), List.of(upright.width(), upright.height()));
                for (int i = 0; i < width * height; i++) {
                    int[] place = place(orientation, i % width, i / width, width - 1, height - 1);
                    assertEquals(levels.applyAsInt(i % width, i / width), upright.rgb(place[0], place[1]) & 0xff, 2.9, "what was stored at %d,%d".formatted(i % width, i / width));
                }
            }
        }
    }

    /** Where a stored pixel is seen. */
    private static int[] place(int orientation, int x, int y, int right, int bottom) {
        return switch (orientation) {
            case 2 -> new int[] {right - x, y};
            case 3 -> new int[] {right - x, bottom - y};
            case 4 -> new int[] {x, bottom - y};
            case 5 -> new int[] {y, x};
            case 6 -> new int[] {bottom - y, x};
            case 7 -> new int[] {bottom - y, right - x};
            case 8 -> new int[] {y, right - x};
            default -> new int[] {x, y};
        };
    }

    /** Whatever a file says beside its pixels, in whichever of the places that its format has for it. */
    @Test
    void passesNothingOnThatAFileSaysBesideItsPixels() throws Exception {
        String marker = "Serial-0815-of-a-camera";
        byte[] words = marker.getBytes(StandardCharsets.US_ASCII);
        byte[] xmp = ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
                + "xmlns:aux='http://ns.adobe.com/exif/1.0/aux/' aux:SerialNumber='" + marker + "'/></rdf:RDF></x:xmpmeta>").getBytes(StandardCharsets.US_ASCII);
        byte[] jpeg = Samples.encoded(Samples.quarters(300, 200), "jpeg");
        byte[] png = Samples.encoded(Samples.quarters(300, 200, BufferedImage.TYPE_INT_ARGB), "png");
        byte[] iptc = joined("Photoshop 3.0\0" + "8BIM", new byte[] {4, 4, 0, 0, 0, 0, 0, (byte) (5 + words.length), 0x1c, 2, 120, 0, (byte) words.length}, words, new byte[words.length % 2 == 0 ? 1 : 0]);
        Map<String, byte[]> files = Map.of(
                "comment.jpg", Samples.jpegWith(jpeg, 0xfffe, words),
                "xmp.jpg", Samples.jpegWith(jpeg, 0xffe1, joined("http://ns.adobe.com/xap/1.0/\0", xmp)),
                "iptc.jpg", Samples.jpegWith(jpeg, 0xffed, iptc),
                "maker.jpg", Samples.jpegWith(jpeg, 0xffec, words),
                "text.png", Samples.pngWith(png, "tEXt", joined("Comment\0", words)),
                "xmp.png", Samples.pngWith(png, "iTXt", joined("XML:com.adobe.xmp\0\0\0\0\0", xmp)),
                "comment.gif", Samples.gifWithComment(Samples.encoded(Samples.quarters(300, 200), "gif"), words));
        for (var file : files.entrySet()) {
            Path original = Samples.file(folder, file.getKey(), file.getValue());
            assertTrue(holds(original, marker), file.getKey());
            for (Rendition rendition : everything(render(original, formatOf(original), 250))) {
                assertFalse(holds(rendition.file(), marker), file.getKey() + ": " + rendition);
            }
            for (Rendition asked : engine().make(original, formatOf(original), VARIANTS, Files.createTempDirectory(folder, "asked"))) {
                assertFalse(holds(asked.file(), marker), file.getKey() + ": " + asked);
            }
        }
    }

    private static boolean holds(Path file, String text) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    }

    private static byte[] joined(String start, byte[]... rest) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(start.getBytes(StandardCharsets.ISO_8859_1));
        for (byte[] one : rest) {
            all.write(one);
        }
        return all.toByteArray();
    }

    @Test
    void passesNoMetadataOn() throws Exception {
        Path original = Samples.file(folder, "in", Samples.withExif(Samples.encoded(Samples.quarters(600, 400), "jpeg"), 6));
        assertTrue(hasMetadata(original), "the sample carries EXIF");

        for (Rendition rendition : everything(render(original, Format.JPEG, 500))) {
            assertFalse(hasMetadata(rendition.file()), rendition.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "gif", "tiff", "bmp"})
    void refusesAFileThatWasCutShort(String format) {
        BufferedImage noise = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 300 * 200; i++) {
            noise.setRGB(i % 300, i / 300, i * 0x9e3779b1 >>> 8);
        }
        byte[] whole = Samples.encoded(noise, format);
        for (double share : new double[] {0.3, 0.9}) {
            Path original = Samples.file(folder, "in", Samples.cut(whole, share));
            assertBroken(() -> render(original, Format.of(format), 2048));
            assertBroken(() -> decode(original));
        }
    }

    @Test
    void refusesWhatOnlyBeginsLikeAnImage() {
        byte[] jpeg = Samples.encoded(Samples.quarters(100, 100), "jpeg");
        Arrays.fill(jpeg, 20, jpeg.length, (byte) 0x5a);
        Path original = Samples.file(folder, "in", jpeg);

        assertBroken(() -> render(original, Format.JPEG, 2048));
    }

    @Test
    void keepsAlphaAndPutsJpegOnWhite() {
        BufferedImage image = Samples.quarters(400, 400, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 200 * 200; i++) {
            image.setRGB(i % 200, i / 200, 0);
        }
        Path original = Samples.file(folder, "in", Samples.encoded(image, "png"));
        List<VariantSpec> variants = List.of(new VariantSpec("small", 100, List.of(Format.PNG, Format.JPEG), 90));

        Rendering made = render(original, Format.PNG, 300, variants);

        assertEquals(List.of("master", Format.PNG, 300, 300), describe(made.master()));
        assertEquals(0, alphaAt(made.master().file(), 20, 20));
        assertEquals(255, alphaAt(made.master().file(), 280, 20));
        assertEquals(0, alphaAt(variant(made, "small", Format.PNG).file(), 10, 10));
        Color[] onWhite = {Color.WHITE, Samples.QUARTERS[1], Samples.QUARTERS[2], Samples.QUARTERS[3]};
        assertQuarters(decode(variant(made, "small", Format.JPEG).file()), onWhite, "jpeg");
        assertQuarters(decode(original), onWhite, "raster");
    }

    @Test
    void keepsTheAlphaOfABmp() {
        BufferedImage image = Samples.quarters(80, 80, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 40 * 40; i++) {
            image.setRGB(i % 40, i / 40, 0);
        }
        Path original = Samples.file(folder, "in", Samples.bmpWithAlpha(image));

        Path master = render(original, Format.BMP, 2048).master().file();

        assertEquals(List.of(0, 255), List.of(alphaAt(master, 20, 20), alphaAt(master, 60, 60)));
        assertEquals(Samples.QUARTERS[3].getRGB(), ImageIoReader.read(master).getRGB(60, 60));
    }

    @Test
    void trimsAWhiteLogoOnAMarginThatIsSeenThrough() throws Exception {
        BufferedImage logo = new BufferedImage(100, 80, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 40 * 20; i++) {
            logo.setRGB(30 + i % 40, 25 + i / 40, 0xffffffff);
        }
        assertEquals(new Size(40, 20), done(logo, "trim"));
        for (int i = 0; i < 40 * 20; i++) {
            logo.setRGB(30 + i % 40, 25 + i / 40, 0xff000000);
        }
        assertEquals(new Size(40, 20), done(logo, "trim"));
    }

    @Test
    void trimsNoThinLineAway() throws Exception {
        Assumptions.assumeFalse(engine().version().startsWith("8.14."), "SKIPPED, NOT TESTED: this libvips takes a line of one pixel for dirt");
        BufferedImage line = new BufferedImage(100, 80, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 100 * 80; i++) {
            line.setRGB(i % 100, i / 100, 0xffffff);
        }
        for (int x = 20; x < 80; x++) {
            line.setRGB(x, 30, 0);
        }

        assertEquals(new Size(60, 1), done(line, "trim"));
    }

    @Test
    void makesATextNoLargerThanThePicture() throws Exception {
        String letters = "W".repeat(200);
        for (String text : List.of("watermark:size=1000,opacity=1,text=" + letters, "watermark:width=100,opacity=1,text=|", "watermark:width=100,opacity=1,text=" + letters)) {
            assertEquals(new Size(300, 200), done(Samples.quarters(300, 200), text), text);
        }
    }

    private Size done(BufferedImage picture, String chain) throws Exception {
        BufferedImage made = ImageIoReader.read(made(picture, Chain.parse(chain)));
        return new Size(made.getWidth(), made.getHeight());
    }

    @Test
    void fillsTheCornersOfATurnedPictureAndNotItsHoles() throws Exception {
        BufferedImage picture = new BufferedImage(100, 100, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 100 * 30; i++) {
            picture.setRGB(i % 100, i / 100, 0xff0000ff);
        }

        BufferedImage turned = ImageIoReader.read(made(picture, Chain.parse("rotate:angle=45,background=ffcc00")));

        assertEquals(0xffffcc00, turned.getRGB(5, 5), "a corner");
        assertEquals(0, turned.getRGB(turned.getWidth() / 2, turned.getHeight() / 2) >>> 24, "a hole");
        assertEquals(0xff0000ff, turned.getRGB(turned.getWidth() * 2 / 3, turned.getHeight() / 3), "what was seen");
    }

    @Test
    void takesAnOpaqueAlphaChannelForNone() {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(50, 50, BufferedImage.TYPE_INT_ARGB), "png"));

        assertEquals(Format.JPEG, render(original, Format.PNG, 2048).master().format());
    }

    @Test
    void takesTheFirstFrameOfAnAnimation() {
        BufferedImage black = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
        Path original = Samples.file(folder, "in", Samples.animatedGif(Samples.quarters(60, 40), black, black));

        Rendering made = render(original, Format.GIF, 2048);

        assertEquals(List.of(60, 40), List.of(made.width(), made.height()));
        assertQuarters(decode(made.master().file()), Samples.QUARTERS, "master");
        assertQuarters(decode(original), Samples.QUARTERS, "raster");
    }

    @Test
    void showsTheFirstFrameOfAGifWhereItLies() {
        byte[] frame = Samples.encoded(Samples.quarters(20, 20), "gif");
        Path original = Samples.file(folder, "in", Samples.onScreen(frame, 80, 60, 50, 30));

        Rendering made = render(original, Format.GIF, 2048);

        assertEquals(List.of(80, 60), List.of(made.width(), made.height()));
        Pixels master = decode(made.master().file());
        assertColour(Color.RED, master, 53, 33, 4, "the frame");
        assertColour(Color.WHITE, master, 67, 47, 4, "the frame");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void takesASavedSelectionForNoTransparency(int bits) {
        int full = (1 << bits) - 1;
        Map<String, byte[]> files = Map.of("one", Samples.tiff(40, bits, 3, new int[] {0}, full, 0, 0, 0), "two", Samples.tiff(40, bits, 3, new int[] {0, 0}, full, 0, 0, 0, 0));
        files.forEach((name, file) -> {
            Path original = Samples.file(folder, name, file);
            assertColour(Color.RED, decode(render(original, Format.TIFF, 20).master().file()), 10, 10, 4, name);
            assertColour(Color.RED, decode(original), 10, 10, 0, name);
        });
    }

    @Test
    void honoursTheProfileOfATiffWithASavedSelection() {
        byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        Path original = Samples.file(folder, "linear", Samples.tiff(40, 8, 3, new int[] {0}, linear, 55, 55, 55, 0));

        assertColour(new Color(128, 128, 128), decode(render(original, Format.TIFF, 2048).master().file()), 20, 20, 3, "master");
        assertColour(new Color(55, 55, 55), decode(original), 20, 20, 0, "raster");
    }

    @Test
    void keepsTheTransparencyOfATiff() {
        Path half = Samples.file(folder, "half", Samples.tiff(40, 8, 3, new int[] {2}, 255, 0, 0, 128));
        Path beside = Samples.file(folder, "beside", Samples.tiff(40, 8, 3, new int[] {2, 0}, 255, 0, 0, 128, 0));

        assertEquals(128, alphaAt(render(half, Format.TIFF, 20).master().file(), 10, 10));
        assertEquals(128, alphaAt(render(beside, Format.TIFF, 20).master().file(), 10, 10), "a selection beside it");
    }

    /** Grey of 200 beside a selection of nothing. */
    @Test
    void showsGreyWithASavedSelectionOrSaysThatItDoesNot() {
        Path original = Samples.file(folder, "grey", Samples.tiff(40, 8, 1, new int[] {0}, 200, 0));
        if (engine().name().equals("thumbnailator")) {
            assertEquals(Code.UNSUPPORTED_TYPE, assertThrows(Rejected.class, () -> render(original, Format.TIFF, 20)).code());
            return;
        }
        assertColour(new Color(200, 200, 200), decode(render(original, Format.TIFF, 20).master().file()), 10, 10, 2, "grey");
    }

    @Test
    void refusesSamplesOfThirtyTwoBits() {
        for (int colours : List.of(1, 3)) {
            Path deep = Samples.file(folder, "deep", Samples.tiff(40, 32, colours, new int[0], Collections.nCopies(colours, 0x7fffffff).stream().mapToInt(i -> i).toArray()));

            Rejected refused = assertThrows(Rejected.class, () -> render(deep, Format.TIFF, 20));

            assertEquals(Code.UNSUPPORTED_TYPE, refused.code(), refused::getMessage);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png"})
    void leavesGreyAsItIs(String format) {
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY);
        fill(image.getRaster(), 100);
        Path original = Samples.file(folder, "in", Samples.encoded(image, format));

        assertColour(new Color(100, 100, 100), decode(original), 20, 20, 2, "raster");
        assertColour(new Color(100, 100, 100), decode(render(original, Format.of(format), 2048).master().file()), 20, 20, 2, "master");
    }

    @Test
    void reducesSixteenBits() {
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_USHORT_GRAY);
        fill(image.getRaster(), 100 * 257);
        Path original = Samples.file(folder, "in", Samples.encoded(image, "png"));

        assertColour(new Color(100, 100, 100), decode(original), 20, 20, 1, "raster");
    }

    @Test
    void makesPrintColoursVisible() {
        assertInk(new int[] {0, 0, 0, 0}, rgb -> rgb[0] > 245 && rgb[1] > 245 && rgb[2] > 245);
        assertInk(new int[] {255, 0, 0, 0}, rgb -> rgb[0] < 80 && rgb[1] > 130 && rgb[2] > 200);
        assertInk(new int[] {0, 255, 255, 0}, rgb -> rgb[0] > 200 && rgb[1] < 80 && rgb[2] < 80);
        assertInk(new int[] {0, 0, 0, 255}, rgb -> rgb[0] < 60 && rgb[1] < 60 && rgb[2] < 60);
    }

    private void assertInk(int[] cmyk, Predicate<int[]> expected) {
        Path original = Samples.file(folder, "in", Samples.cmykJpeg(40, 30, cmyk));
        for (Pixels pixels : List.of(decode(original), decode(render(original, Format.JPEG, 2048).master().file()))) {
            int[] rgb = levels(pixels, 0, 0);
            assertTrue(expected.test(rgb), "ink %s shows as %s".formatted(Arrays.toString(cmyk), Arrays.toString(rgb)));
        }
    }

    @Test
    void honoursAnEmbeddedProfileInWhatItMakesAndPassesItOverForTheModel() {
        ColorSpace linear = ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB);
        ComponentColorModel model = new ComponentColorModel(linear, false, false, ComponentColorModel.OPAQUE, DataBuffer.TYPE_BYTE);
        WritableRaster samples = model.createCompatibleWritableRaster(40, 40);
        fill(samples, 55); // 55/255 in linear light is 128 in sRGB
        Path original = Samples.file(folder, "in", Samples.encoded(new BufferedImage(model, samples, false, null), "tiff"));

        assertColour(new Color(128, 128, 128), decode(render(original, Format.TIFF, 2048).master().file()), 20, 20, 3, "master");
        assertColour(new Color(55, 55, 55), decode(original), 20, 20, 0, "raster");
    }

    @Test
    void passesOverABrokenProfile() {
        byte[] jpeg = Samples.encoded(Samples.quarters(100, 100), "jpeg");
        Path original = Samples.file(folder, "in", Samples.withBrokenProfile(jpeg));

        assertQuarters(decode(original), Samples.QUARTERS, "raster");
        assertQuarters(decode(render(original, Format.JPEG, 2048).master().file()), Samples.QUARTERS, "master");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jpeg", "png", "gif", "tiff", "bmp"})
    void readsWhatItSaysItReads(String format) {
        assertTrue(engine().reads().contains(Format.of(format)));
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(64, 64), format));

        assertQuarters(decode(original), Samples.QUARTERS, format);
        assertQuarters(decode(render(original, Format.of(format), 2048).master().file()), Samples.QUARTERS, format);
    }

    @Test
    void makesTheSameOfAnImageOnManyThreadsAtOnce() throws Exception {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(900, 600), "jpeg"));
        Path broken = Samples.file(folder, "broken", Samples.cut(Samples.encoded(Samples.quarters(900, 600), "jpeg"), 0.7));
        List<Callable<byte[]>> jobs = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            jobs.add(() -> {
                assertBroken(() -> decode(broken));
                return Files.readAllBytes(variant(render(original, Format.JPEG, 800), "thumb", Format.JPEG).file());
            });
        }
        Set<String> results = new TreeSet<>();
        try (var pool = Executors.newFixedThreadPool(6)) {
            for (Future<byte[]> result : pool.invokeAll(jobs)) {
                results.add(new String(result.get(), StandardCharsets.ISO_8859_1));
            }
        }
        assertEquals(1, results.size());
    }

    @Test
    void turnsRealPhotographsUpright() {
        for (String kind : List.of("landscape", "portrait")) {
            Pixels reference = tiny(SharedData.path("corpora/exif/orientation/" + kind + "_1.jpg"));
            for (int i = 2; i <= 8; i++) {
                Pixels turned = tiny(SharedData.path("corpora/exif/orientation/" + kind + "_" + i + ".jpg"));
                assertEquals(reference.width() > reference.height(), turned.width() > turned.height(), kind + i);
                assertTrue(difference(reference, turned) < 8, kind + i + " differs by " + difference(reference, turned));
            }
        }
    }

    @Test
    void takesThePositionOutOfEveryRendition() throws Exception {
        for (Path photo : SharedData.files("corpora/exif/gps")) {
            for (Rendition rendition : everything(render(photo, Format.JPEG, 2048))) {
                assertFalse(hasMetadata(rendition.file()), rendition.toString());
            }
        }
    }

    @Test
    void refusesTheCameraFileThatWasCutShort() {
        Path truncated = SharedData.path("corpora/truncated/camera-truncated.jpg");

        assertBroken(() -> render(truncated, Format.JPEG, 2048));
        assertBroken(() -> decode(truncated));
    }

    @Test
    void rendersEveryGoodFileOfPngSuite() {
        for (Path png : SharedData.files("corpora/pngsuite")) {
            if (!png.getFileName().toString().startsWith("x")) {
                Rendering made = render(png, Format.PNG, 2048);
                Pixels raster = decode(png);
                assertEquals(List.of(made.width(), made.height()), List.of(raster.width(), raster.height()), png.toString());
            }
        }
    }

    @Test
    void refusesEveryBrokenFileOfPngSuite() {
        Set<String> accepted = new TreeSet<>();
        for (Path png : SharedData.files("corpora/pngsuite")) {
            String name = png.getFileName().toString();
            if (name.startsWith("x")) {
                try {
                    render(png, Format.PNG, 2048);
                    accepted.add(name);
                } catch (Rejected e) {
                    assertTrue(Set.of(Code.BROKEN_IMAGE, Code.UNSUPPORTED_TYPE).contains(e.code()), name + ": " + e.code());
                }
            }
        }
        assertEquals(brokenPngsItShows(), accepted);
    }

    /** Files of PngSuite that are broken only in ways this engine's decoder does not look at. */
    protected Set<String> brokenPngsItShows() {
        return Set.of();
    }

    @Test
    void answersHostileFilesWithSuccessOrRefusalAndNothingElse() {
        int shown = 0;
        int refused = 0;
        for (Path seed : SharedData.files("corpora/decoder-seeds")) {
            Format format = switch (extension(seed)) {
                case "jpg" -> Format.JPEG;
                case "gif" -> Format.GIF;
                case "bmp" -> Format.BMP;
                default -> Format.TIFF;
            };
            try {
                render(seed, format, 512);
                shown++;
            } catch (Rejected e) {
                refused++;
            }
            try {
                decode(seed);
            } catch (Rejected e) {
                // as good an answer
            }
        }
        System.out.printf("%s: of the hostile files %d shown, %d refused%n", engine().name(), shown, refused);
        assertTrue(refused > 0);
    }

    // --- operations

    static Stream<Op> operations() {
        return Arrays.stream(OpKind.values()).flatMap(kind -> kind.examples().stream());
    }

    /** What the examples of the reference leave out: places and strengths. */
    static Stream<Op> furtherOperations() {
        Stream<String> marks = Stream.of("north", "northeast", "east", "south", "southwest", "west")
                .map(position -> "watermark:text=Mark,width=40,opacity=1,position=" + position);
        Stream<String> crops = Stream.of("north", "northeast", "east", "south", "southwest", "west", "northwest")
                .map(gravity -> "crop:width=80,height=60,gravity=" + gravity);
        return Stream.of(marks, crops, Stream.of("filter:kind=sharpen,sigma=3", "resize:width=90,height=40,fit=crop,gravity=south"))
                .flatMap(texts -> texts).map(text -> Chain.parse(text).ops().getFirst());
    }

    @ParameterizedTest
    @MethodSource("furtherOperations")
    void doesEachPlaceAndStrengthAsItDid(Op op) throws Exception {
        compareWithReference(Scene.opaque(), new Chain(List.of(op)), op.text(), op);
    }

    /** The references are libvips' own, written by -Dsafelight.golden=write and looked at; the other engine may differ a little more. */
    @ParameterizedTest
    @MethodSource("operations")
    void doesWhatItDidWhenTheReferenceWasMade(Op op) throws Exception {
        if (engine().cannot(op).isPresent()) {
            assertEquals(Optional.of("gravity=attention needs libvips"), engine().cannot(op));
            return;
        }
        compareWithReference(op.kind() == OpKind.TRIM ? Scene.bordered() : Scene.opaque(), new Chain(List.of(op)), op.text(), op);
        compareWithReference(Scene.withAlpha(), new Chain(List.of(op)), "alpha-" + op.text(), op);
    }

    @Test
    void doesTheOperationsOfAChainInTheirOrder() throws Exception {
        String text = "crop:width=120,height=120,gravity=east+resize:width=80,height=60,fit=crop+filter:kind=sepia+rotate:angle=90+watermark:text=A%2BB,position=north,width=80,opacity=1";
        compareWithReference(Scene.opaque(), Chain.parse(text), "chain", Chain.parse(text).ops().getLast());
    }

    static Stream<Path> inputs() throws IOException {
        try (Stream<Path> files = Files.list(GOLDEN.resolve("in"))) {
            return files.sorted().toList().stream();
        }
    }

    /** Each a copy of the scene in another format, most of them lossy; what an animation shows first is the scene too. */
    @ParameterizedTest
    @MethodSource("inputs")
    void showsTheSameSceneInEveryFormatThatIsRead(Path file) throws Exception {
        Format format = formatOf(file);
        Optional<Code> refusal = refusal(file, format);
        if (refusal.isPresent()) {
            assertEquals(refusal.get(), assertThrows(Rejected.class, () -> render(file, format, 2048)).code());
            return;
        }
        Pixels scene = ImageIoReader.raster(Scene.opaque());
        Pixels shown = decode(render(file, format, 2048).master().file());
        boolean grey = file.getFileName().toString().startsWith("grey");
        PerceptualDistance distance = PerceptualDistance.between(scene, shown);
        assertTrue(grey || distance.mean() < 3.2 && distance.worst() < 24, file + ": " + distance);
        assertTrue(!grey || shown.rgb(20, 20) == (shown.rgb(20, 20) & 0xff) * 0x10101, "grey has no colour");
    }

    @ParameterizedTest
    @EnumSource(names = {"JPEG", "PNG", "WEBP", "AVIF"})
    void writesEachFormatAsItDidWhenTheReferenceWasMade(Format format) throws Exception {
        if (!engine().writes().contains(format)) {
            return;
        }
        Path original = Samples.file(folder, "in", Samples.encoded(Scene.opaque(), "png"));
        Rendition made = engine().make(original, Format.PNG, List.of(new VariantSpec("format", new Chain(List.of()), List.of(format), 80, false)),
                Files.createTempDirectory(folder, "format")).getFirst();
        Path seen = engine().make(made.file(), format, List.of(new VariantSpec("seen", new Chain(List.of()), List.of(Format.PNG), 80, false)),
                Files.createTempDirectory(folder, "seen")).getFirst().file();
        compare(seen, "format=" + format.slug(), null);
        PerceptualDistance loss = PerceptualDistance.between(ImageIoReader.raster(Scene.opaque()), ImageIoReader.raster(seen));
        assertTrue(loss.mean() < 3.2, format + " at 80 loses " + loss);
    }

    /** What the engine says of a file that it does not read. */
    protected Optional<Code> refusal(Path file, Format format) {
        return engine().reads().contains(format) ? Optional.empty() : Optional.of(Code.UNSUPPORTED_TYPE);
    }

    private static Format formatOf(Path file) {
        String extension = extension(file);
        return Format.of(extension.equals("jpg") ? "jpeg" : extension);
    }

    private void compareWithReference(BufferedImage picture, Chain chain, String name, Op op) throws Exception {
        compare(made(picture, chain), name, op);
    }

    private Path made(BufferedImage picture, Chain chain) throws IOException {
        Path original = Samples.file(folder, "in", Samples.encoded(picture, "png"));
        return engine().make(original, Format.PNG, List.of(new VariantSpec("op", chain, List.of(Format.PNG), 80, false)),
                Files.createTempDirectory(folder, "op")).getFirst().file();
    }

    protected void compare(Path made, String name, Op op) throws IOException {
        Path reference = GOLDEN.resolve(name.replaceAll("[^A-Za-z0-9=.-]+", "_") + ".png");
        if ("write".equals(System.getProperty("safelight.golden")) && engine().name().equals("libvips")) {
            Files.createDirectories(reference.getParent());
            Files.copy(made, reference, StandardCopyOption.REPLACE_EXISTING);
        }
        assertEquals(ImageIoReader.read(reference).getColorModel().hasAlpha(), ImageIoReader.read(made).getColorModel().hasAlpha(), name);
        PerceptualDistance most = mostDifference(op);
        for (Color ground : List.of(Color.WHITE, Color.BLACK)) {
            PerceptualDistance distance = PerceptualDistance.between(on(ground, reference), on(ground, made));
            assertTrue(distance.mean() <= most.mean() && distance.worst() <= most.worst(), "%s on %s: %s is more than %s".formatted(name, ground, distance, most));
        }
    }

    private static Pixels on(Color ground, Path png) {
        BufferedImage image = ImageIoReader.read(png);
        BufferedImage flat = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = flat.createGraphics();
        graphics.drawImage(image, 0, 0, ground, null);
        graphics.dispose();
        return ImageIoReader.raster(flat);
    }

    /** From what libvips made when the references were written. @param op null for a format */
    protected PerceptualDistance mostDifference(Op op) {
        return new PerceptualDistance(0.5, 3);
    }

    // --- helpers

    protected Rendering render(Path original, Format format, int masterSide) {
        return render(original, format, masterSide, VARIANTS);
    }

    protected Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants) {
        try {
            return engine().render(original, format, masterSide, variants, Files.createTempDirectory(folder, "out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    protected static Rendition variant(Rendering made, String name, Format format) {
        return made.variants().stream().filter(v -> v.name().equals(name) && v.format() == format).findFirst().orElseThrow();
    }

    protected static List<Rendition> everything(Rendering made) {
        return Stream.concat(Stream.of(made.master()), made.variants().stream()).toList();
    }

    protected static void assertBroken(Executable attempt) {
        assertEquals(Code.BROKEN_IMAGE, assertThrows(Rejected.class, attempt).code());
    }

    private static int[] levels(Pixels pixels, int x, int y) {
        Color colour = new Color(pixels.rgb(x, y));
        return new int[] {colour.getRed(), colour.getGreen(), colour.getBlue()};
    }

    protected static void assertColour(Color expected, Pixels pixels, int x, int y, int tolerance, String what) {
        int[] found = levels(pixels, x, y);
        int[] wanted = {expected.getRed(), expected.getGreen(), expected.getBlue()};
        for (int c = 0; c < 3; c++) {
            assertEquals(wanted[c], found[c], tolerance, "%s at %d,%d: %s".formatted(what, x, y, Arrays.toString(found)));
        }
    }

    private static void assertQuarters(Pixels pixels, Color[] expected, String what) {
        for (int i = 0; i < 4; i++) {
            assertColour(expected[i], pixels, pixels.width() * (1 + 2 * (i % 2)) / 4, pixels.height() * (1 + 2 * (i / 2)) / 4, 12, what);
        }
    }

    private static Color[] pick(int... quarters) {
        return Arrays.stream(quarters).mapToObj(q -> Samples.QUARTERS[q]).toArray(Color[]::new);
    }

    private static int alphaAt(Path png, int x, int y) {
        return ImageIoReader.read(png).getRGB(x, y) >>> 24;
    }

    private static List<Object> describe(Rendition rendition) {
        return List.of(rendition.name(), rendition.format(), rendition.width(), rendition.height());
    }

    private static void fill(WritableRaster samples, int value) {
        int[] values = new int[samples.getWidth() * samples.getHeight() * samples.getNumBands()];
        Arrays.fill(values, value);
        samples.setPixels(0, 0, samples.getWidth(), samples.getHeight(), values);
    }

    private Pixels tiny(Path photo) {
        return decode(render(photo, Format.JPEG, 64).master().file());
    }

    /** Mean of the absolute differences, in steps of 255. */
    private static double difference(Pixels one, Pixels other) {
        assertEquals(List.of(one.width(), one.height()), List.of(other.width(), other.height()));
        long sum = 0;
        for (int y = 0; y < one.height(); y++) {
            for (int x = 0; x < one.width(); x++) {
                int[] a = levels(one, x, y);
                int[] b = levels(other, x, y);
                sum += Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]);
            }
        }
        return sum / (3.0 * one.width() * one.height());
    }

    private static boolean hasMetadata(Path file) throws Exception {
        for (Directory directory : ImageMetadataReader.readMetadata(file.toFile()).getDirectories()) {
            if (directory instanceof XmpDirectory || directory instanceof IptcDirectory || directory instanceof IccDirectory
                    || directory instanceof GpsDirectory
                    || directory instanceof ExifDirectoryBase && directory.getTags().stream().anyMatch(tag -> !OF_THE_FILE.contains(tag.getTagType()))) {
                return true;
            }
        }
        return false;
    }

    private static String extension(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}

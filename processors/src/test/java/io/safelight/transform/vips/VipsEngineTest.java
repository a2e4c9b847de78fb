package io.safelight.transform.vips;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.ImageIoReader;
import io.safelight.decode.Pixels;
import io.safelight.decode.Turned;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Size;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.testing.SharedData;
import io.safelight.transform.EngineBehaviour;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.ImageEngine.Rendition;
import io.safelight.transform.Limits;
import io.safelight.transform.Samples;
import io.safelight.validate.Inspection;
import io.safelight.validate.Inspector;
import io.safelight.validate.Rules;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VipsEngineTest extends EngineBehaviour {
    private static VipsEngine engine;

    @BeforeAll
    static void load() {
        try {
            engine = (VipsEngine) Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));
        } catch (Fault e) {
            Assumptions.abort("SKIPPED, NOT TESTED: " + e.getMessage());
        }
    }

    @Test
    void laysAWatermarkUprightOverThePicture() throws Exception {
        Path marks = Files.createDirectory(folder.resolve("marks"));
        Samples.file(marks, "logo.jpg", Samples.withExif(Samples.encoded(Samples.quarters(40, 20), "jpeg"), 6));
        BufferedImage white = new BufferedImage(100, 100, BufferedImage.TYPE_INT_RGB);
        Arrays.fill(((DataBufferInt) white.getRaster().getDataBuffer()).getData(), 0xffffff);
        ImageEngine marking = Engines.open("libvips", Optional.empty(), Path.of(".native"), marks);
        VariantSpec marked = new VariantSpec("marked", Chain.parse("watermark:image=logo.jpg,width=100,opacity=1,position=northwest,margin=0"), List.of(Format.PNG), 80, false);

        Path made = marking.make(Samples.file(folder, "in", Samples.encoded(white, "png")), Format.PNG, List.of(marked), folder).getFirst().file();

        BufferedImage shown = ImageIoReader.read(made);
        assertEquals(0xffffffff, shown.getRGB(75, 25), "beside a mark that stands on its short side");
        assertTrue(shown.getRGB(25, 75) != 0xffffffff, "the mark");
    }

    @Override
    protected ImageEngine engine() {
        return engine;
    }

    @Override
    protected Pixels decode(Path file) {
        return engine.decode(file);
    }

    @Test
    void readsHeicOrSaysThatItDoesNot() {
        Path photo = SharedData.path("corpora/exif/heic/IMG_5195.HEIC");

        if (engine.reads().contains(Format.HEIC)) {
            assertTrue(render(photo, Format.HEIC, 2048).width() > 0);
        } else {
            assertEquals(Code.UNSUPPORTED_TYPE, assertThrows(Rejected.class, () -> render(photo, Format.HEIC, 2048)).code());
        }
    }

    @Test
    void keepsAlphaInEveryFormatThatHasIt() {
        Path original = Samples.file(folder, "in", Samples.encoded(new BufferedImage(90, 90, BufferedImage.TYPE_INT_ARGB), "png"));
        List<Format> formats = List.of(Format.PNG, Format.WEBP, Format.AVIF);

        for (var made : render(original, Format.PNG, 2048, List.of(new VariantSpec("small", 50, formats, 80))).variants()) {
            assertEquals(Format.PNG, render(made.file(), made.format(), 2048).master().format(), "made from " + made);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"animated.gif", "animated.webp"})
    void keepsEveryFrameOfAnAnimationWhereAVariantAsks(String name) {
        Path original = Path.of("processors/src/test/resources/golden/in", name);
        Format format = Format.of(name.split("\\.")[1]);
        VariantSpec moving = new VariantSpec("moving", Chain.parse("resize:width=80+filter:kind=sharpen+watermark:text=A,width=20"),
                List.of(Format.WEBP, Format.JPEG), 80, true);
        VariantSpec still = new VariantSpec("still", 80, List.of(Format.WEBP), 80);

        var made = render(original, format, 120, List.of(moving, still));

        assertEquals(List.of(Format.WEBP, 120, 90), List.of(made.master().format(), made.master().width(), made.master().height()));
        List<Pixels> master = frames(made.master().file());
        assertEquals(3, master.size(), "what moderation looks at");
        List<Pixels> frames = frames(variant(made, "moving", Format.WEBP).file());
        assertEquals(List.of(80, 60), List.of(frames.getFirst().width(), frames.getFirst().height()));
        assertEquals(3, frames.size());
        // the sun stands on the right, then on the left, then is negative
        assertColour(new Color(255, 230, 90), frames.get(0), 62, 14, 40, "first");
        assertColour(new Color(255, 230, 90), frames.get(1), 17, 14, 40, "second");
        assertColour(new Color(0, 25, 165), frames.get(2), 62, 14, 40, "third");
        assertEquals(1, frames(variant(made, "moving", Format.JPEG).file()).size());
        assertEquals(1, frames(variant(made, "still", Format.WEBP).file()).size());
        assertEquals(List.of(100, 200, 300), delays(variant(made, "moving", Format.WEBP).file()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"animated.gif", "animated.webp"})
    void makesEveryFrameOfAnAnimationWhereThatIsAsked(String name) throws Exception {
        Path original = Path.of("processors/src/test/resources/golden/in", name);
        VariantSpec moving = new VariantSpec("moving", Chain.parse("resize:width=80+filter:kind=blur,sigma=6"), List.of(Format.WEBP), 80, true);
        VariantSpec still = new VariantSpec("still", 120, List.of(Format.WEBP), 80);

        var made = engine.make(original, Format.of(name.split("\\.")[1]), List.of(still, moving), folder);

        assertEquals(List.of("still", "moving"), made.stream().map(Rendition::name).toList());
        assertEquals(1, frames(made.getFirst().file()).size());
        List<Pixels> frames = frames(made.getLast().file());
        assertEquals(List.of(3, 80, 60), List.of(frames.size(), frames.getFirst().width(), frames.getFirst().height()));
        assertEquals(List.of(100, 200, 300), delays(made.getLast().file()));
        // the sun stands on the right, then on the left, then is negative: of each frame a blur of its own
        Pixels sharp = engine.decode(made.getFirst().file());
        assertTrue(Math.abs(blue(sharp, 93, 21) - blue(frames.get(0), 62, 14)) > 20, "blurred");
        assertTrue(blue(frames.get(0), 62, 14) < blue(frames.get(1), 62, 14), "on the right");
        assertTrue(blue(frames.get(1), 17, 14) < blue(frames.get(0), 17, 14), "on the left");
    }

    private static int blue(Pixels pixels, int x, int y) {
        return pixels.rgb(x, y) & 0xff;
    }

    /** As of a master: nobody holds more at once, whatever it is made for. */
    @Test
    void whatIsMadeOfManyFramesIsSmallerWhereTheyWouldBeTooManyPixels() {
        BufferedImage black = new BufferedImage(1024, 1024, BufferedImage.TYPE_BYTE_BINARY);
        BufferedImage white = new BufferedImage(1024, 1024, BufferedImage.TYPE_BYTE_BINARY);
        Arrays.fill(((DataBufferByte) white.getRaster().getDataBuffer()).getData(), (byte) 0xff);
        BufferedImage[] frames = IntStream.range(0, 33).mapToObj(i -> i % 2 == 0 ? black : white).toArray(BufferedImage[]::new);
        Path original = Samples.file(folder, "in", Samples.animatedGif(frames));
        VariantSpec moving = new VariantSpec("moving", new Chain(List.of()), List.of(Format.WEBP), 80, true);

        Rendition made = engine.make(original, Format.GIF, List.of(moving), folder).getFirst();

        assertEquals(List.of(1008, 1008), List.of(made.width(), made.height()));
        assertEquals(33, delays(made.file()).size());
    }

    /** What the other engine shows otherwise, or not at all. */
    @Test
    void showsPrintColoursAndDrawingsAsItDidWhenTheReferenceWasMade() throws Exception {
        BufferedImage inks = new BufferedImage(120, 90, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 120 * 90; i++) {
            inks.setRGB(i % 120, i / 120, Color.HSBtoRGB(i % 120 / 120f, i / 120 / 90f, 0.9f));
        }
        compare(png(Samples.file(folder, "in", Samples.cmykJpeg(inks)), Format.JPEG), "in-cmyk", null);
        compare(png(drawing("<rect x='4' y='4' width='50' height='30' rx='8' fill='#336699'/><circle cx='70' cy='20' r='15' fill='#fc0' fill-opacity='.5'/>"
                + "<path d='M10 35Q50 -10 90 35' fill='none' stroke='#000' stroke-width='2' stroke-dasharray='6 3'/>"), Format.SVG), "in-svg", null);
    }

    private Path png(Path original, Format format) throws IOException {
        return engine.make(original, format, List.of(new VariantSpec("seen", new Chain(List.of()), List.of(Format.PNG), 80, false)),
                Files.createTempDirectory(folder, "seen")).getFirst().file();
    }

    @Test
    void turnsAnAnimationUprightInItsOwnAspect() throws Exception {
        byte[] upright = Files.readAllBytes(Path.of("processors/src/test/resources/golden/in/animated.webp"));
        Path original = Samples.file(folder, "in", Samples.webpWithOrientation(upright, 6));
        VariantSpec moving = new VariantSpec("moving", Chain.parse("resize:width=60"), List.of(Format.WEBP), 80, true);

        var made = render(original, Format.WEBP, 120, List.of(moving));

        assertEquals(List.of(120, 160), List.of(made.width(), made.height()));
        assertEquals(List.of(90, 120), List.of(made.master().width(), made.master().height()));
        List<Pixels> frames = frames(variant(made, "moving", Format.WEBP).file());
        assertEquals(List.of(3, 60, 80), List.of(frames.size(), frames.getFirst().width(), frames.getFirst().height()));
        // the sun, a quarter turn on
        assertColour(new Color(255, 230, 90), frames.getFirst(), 60 - 14, 62, 40, "first");
    }

    /** A level of another aspect would be blown up in one direction for the next size, and what looks at the small picture would see it squashed. */
    @Test
    void aVariantThatGivesUpTheAspectSpoilsNoOther() throws Exception {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.chequers(1024, 768), "png"));
        VariantSpec strip = new VariantSpec("strip", Chain.parse("resize:width=800,height=50,fit=fill"), List.of(Format.PNG), 80, false);
        VariantSpec medium = new VariantSpec("medium", 360, List.of(Format.PNG), 80);

        var alone = render(original, Format.PNG, 1024, List.of(medium));
        var beside = render(original, Format.PNG, 1024, List.of(strip, medium));

        assertEquals(List.of(800, 50), List.of(variant(beside, "strip", Format.PNG).width(), variant(beside, "strip", Format.PNG).height()));
        assertArrayEquals(Files.readAllBytes(variant(alone, "medium", Format.PNG).file()), Files.readAllBytes(variant(beside, "medium", Format.PNG).file()));
        assertEquals(List.of(alone.pdq(), alone.blurhash()), List.of(beside.pdq(), beside.blurhash()));
    }

    @Test
    void keepsLevelsOfThePicturesOwnAspectOnly() {
        try (Session session = engine.vips.session()) {
            Levels levels = new Levels(session.create("black", "width=2048,height=1536,bands=3").then("copy", "interpretation=srgb"));
            levels.at(new Size(600, 20));
            assertEquals(new Size(512, 384), levels.about(512).size());
            levels.at(new Size(1280, 960));
            assertEquals(new Size(1280, 960), levels.about(700).size(), "what is there is taken");
        }
    }

    @Test
    void holdsWhatTheDecoderSeesAgainstTheLimits() throws Exception {
        byte[] gif = Samples.animatedGif(Samples.quarters(300, 200), Samples.quarters(300, 200));
        ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(6, (short) 1).putShort(8, (short) 1);
        Path small = Samples.file(folder, "in", gif);

        for (Limits limits : List.of(new Limits(1 << 30, 250), new Limits(300 * 200 * 3, 1000))) {
            ImageEngine strict = Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"), limits);
            assertEquals(Code.TOO_MANY_PIXELS, assertThrows(Rejected.class, () -> strict.render(small, Format.GIF, 2048, VARIANTS, folder)).code(), limits::toString);
            assertEquals(Code.TOO_MANY_PIXELS, assertThrows(Rejected.class, () -> ((VipsEngine) strict).decode(small)).code(), limits::toString);
        }
        assertEquals(300, render(small, Format.GIF, 2048).width());
    }

    @ParameterizedTest
    @ValueSource(strings = {"VipsJpeg: Insufficient memory (case 4)", "gifload: Out of memory", "vips_tracked: out of memory --- size == 24MB", "unable to allocate memory for row"})
    void knowsWhenMemoryAndNotTheImageWasTheReason(String said) {
        assertTrue(new VipsException(said).outOfMemory, said);
        assertFalse(new VipsException("VipsJpeg: premature end of JPEG image").outOfRoom);
    }

    private static List<Pixels> frames(Path file) {
        List<Pixels> frames = new ArrayList<>();
        engine.frames(file, frames::add);
        return frames;
    }

    /** Durations of an animated WebP's frames, from its ANMF chunks (developers.google.com/speed/webp/docs/riff_container). */
    private static List<Integer> delays(Path webp) {
        try {
            ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(webp)).order(ByteOrder.LITTLE_ENDIAN);
            List<Integer> delays = new ArrayList<>();
            for (int at = 12; at + 8 <= in.limit(); at += 8 + in.getInt(at + 4) + (in.getInt(at + 4) & 1)) {
                if (in.getInt(at) == 0x464d4e41) {
                    delays.add(in.getInt(at + 8 + 12) & 0xffffff);
                }
            }
            return delays;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"800, 600, 2048, 800, 600", "800, 600, 400, 400, 300", "16, 16, 2048, 16, 16", "30000, 2000, 600, 600, 40"})
    void drawsADrawingAtTheSizeThatIsNeededAndNoLarger(int width, int height, int masterSide, int madeWidth, int madeHeight) {
        StringBuilder drawing = new StringBuilder("<svg xmlns='http://www.w3.org/2000/svg' width='%dpx' height='%d' viewBox='0 0 2 2' preserveAspectRatio='none'>"
                .formatted(width, height));
        for (int i = 0; i < 4; i++) {
            drawing.append("<rect x='%d' y='%d' width='1' height='1' fill='#%06x'/>".formatted(i % 2, i / 2, Samples.QUARTERS[i].getRGB() & 0xffffff));
        }
        Path original = Samples.file(folder, "in", drawing.append("</svg>").toString().getBytes(StandardCharsets.UTF_8));

        var made = render(original, Format.SVG, masterSide);

        assertEquals(List.of(width, height), List.of(made.width(), made.height()));
        assertEquals(List.of(madeWidth, madeHeight, Format.JPEG), List.of(made.master().width(), made.master().height(), made.master().format()));
        Pixels pixels = engine.decode(made.master().file());
        for (int i = 0; i < 4; i++) {
            assertColour(Samples.QUARTERS[i], pixels, madeWidth / 4 * (1 + 2 * (i % 2)), madeHeight / 4 * (1 + 2 * (i / 2)), 12, "quarter " + i);
        }
    }

    @Test
    void canWhatTheReferenceSays() {
        Set<Format> always = new HashSet<>(VipsEngine.COMPLETE.reads());
        always.remove(Format.HEIC);
        Set<Format> read = new HashSet<>(engine.reads());
        read.remove(Format.HEIC);
        assertEquals(always, read);
        assertEquals(VipsEngine.COMPLETE.writes(), engine.writes());
    }

    @Test
    void keepsWhatADrawingLeavesTransparent() throws Exception {
        Path original = drawing("<rect width='50' height='40' fill='#f00' fill-opacity='.5'/>");

        var made = render(original, Format.SVG, 2048);

        assertEquals(Format.PNG, made.master().format());
        BufferedImage master = ImageIO.read(made.master().file().toFile());
        assertEquals(new Color(255, 0, 0, 128), new Color(master.getRGB(25, 20), true));
        assertEquals(0, new Color(master.getRGB(75, 20), true).getAlpha());
    }

    @Test
    void drawsNothingFromOutsideADrawing() throws Exception {
        Files.write(folder.resolve("other.png"), Samples.encoded(Samples.quarters(100, 40), "png"));
        Path outside = drawing("<image href='other.png' width='100' height='40'/><image href='%s' width='100' height='40'/>".formatted(folder.resolve("other.png").toUri()));

        BufferedImage master = ImageIO.read(render(outside, Format.SVG, 2048).master().file().toFile());

        assertEquals(0, new Color(master.getRGB(25, 20), true).getAlpha());
    }

    /** Physical lengths are the point: what was checked is what is drawn. */
    @Test
    void agreesWithValidationOnTheSize() throws Exception {
        for (String size : List.of("width='1in' height='72pt'", "width='12.3mm' height='1cm'", "width='5pc' height='16.5px'", "viewBox='0 0 30.6 20.4'",
                "width='61' viewBox='0 0 30 20'", "width='50%' height='40' viewBox='0 0 30 20'")) {
            Path original = Samples.file(folder, "in", "<svg xmlns='http://www.w3.org/2000/svg' %s/>".formatted(size).getBytes(StandardCharsets.UTF_8));
            Inspection seen = new Inspector().inspect(original, Optional.empty(), new Rules(Set.of(Format.SVG), 1 << 20, 1 << 30, 1000, 1));

            var made = render(original, Format.SVG, 2048);

            assertEquals(List.of(seen.width(), seen.height()), List.of(made.width(), made.height()), size);
        }
    }

    private Path drawing(String content) {
        return Samples.file(folder, "in", ("<svg xmlns='http://www.w3.org/2000/svg' width='100' height='40'>" + content + "</svg>").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void losesNoSideToShrinkingWhileItDecodes() {
        Path original = Samples.file(folder, "in", Samples.encoded(Samples.quarters(4000, 3), "jpeg"));

        assertEquals(500, render(original, Format.JPEG, 500).master().width());
    }

    /** Java writes JPEGs with one colour for two by two pixels. */
    @ParameterizedTest
    @CsvSource({"64, 48, 1, 1", "63, 47, 1, 1", "63, 47, 6, 8", "48, 63, 3, 3", "1, 40, 1, 1", "2, 2, 1, 1"})
    void repeatsTheColoursOfAJpegThatStoresOneForFourPixels(int width, int height, int orientation, int back) {
        BufferedImage patches = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            int x = i % width;
            int y = i / width;
            patches.setRGB(x, y, (x / 6 + y / 6) % 2 == 0 ? 0x8c6464 : 0x64648c);
        }
        Path original = Samples.file(folder, "in", Samples.withExif(Samples.encoded(patches, "jpeg"), orientation));

        Pixels seen = Turned.upright(engine.decode(original), back);

        assertEquals(List.of(width, height), List.of(seen.width(), seen.height()));
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y + 1 < height; y += 2) {
            for (int x = 0; x + 1 < width; x += 2) {
                for (int[] at : new int[][] {{x + 1, y}, {x, y + 1}, {x + 1, y + 1}}) {
                    assertEquals(redBeforeBlue(seen, x, y), redBeforeBlue(seen, at[0], at[1]), "cell at %d,%d".formatted(x, y));
                }
                colours.add(redBeforeBlue(seen, x, y));
            }
        }
        assertTrue(Math.min(width, height) < 12 || colours.size() > 5, "no other colours than " + colours);
    }

    private static int redBeforeBlue(Pixels pixels, int x, int y) {
        Color colour = new Color(pixels.rgb(x, y));
        return colour.getRed() - colour.getBlue();
    }

    @Test
    void leavesNothingBehindInTheLibrary() throws Exception {
        Path good = Samples.file(folder, "good", Samples.withExif(Samples.encoded(Samples.quarters(900, 600), "jpeg"), 6));
        Path broken = Samples.file(folder, "broken", Samples.cut(Files.readAllBytes(good), 0.8));
        for (int i = 0; i < 20; i++) {
            render(good, Format.JPEG, 400);
            engine.decode(good);
            assertBroken(() -> render(broken, Format.JPEG, 400));
            assertBroken(() -> engine.decode(broken));
        }
        // its own threads give back what they hold a moment after the image that they worked on is gone
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertEquals(List.of(0, 0L, 0), tracked()));
    }

    /** What libvips counts itself: blocks and bytes of pixel memory, open files. */
    private static List<Object> tracked() {
        Vips vips = ((VipsEngine) engine).vips;
        return List.of(vips.function("vips_tracked_get_allocs", JAVA_INT).call(), vips.function("vips_tracked_get_mem", JAVA_LONG).call(),
                vips.function("vips_tracked_get_files", JAVA_INT).call());
    }

    @Test
    void aFileThatIsGoneIsOurFault() {
        assertThrows(Fault.class, () -> engine.decode(folder.resolve("nothing")));
    }
}

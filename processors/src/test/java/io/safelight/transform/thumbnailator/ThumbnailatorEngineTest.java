package io.safelight.transform.thumbnailator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.op.Filter;
import io.safelight.model.op.Op;
import io.safelight.model.op.Rotate;
import io.safelight.model.op.Watermark;
import io.safelight.testing.SharedData;
import io.safelight.decode.Pixels;
import io.safelight.transform.EngineBehaviour;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.PerceptualDistance;
import io.safelight.transform.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThumbnailatorEngineTest extends EngineBehaviour {
    private static final Path ORIGINALS = Path.of("processors/src/test/resources/golden/in");

    private final ThumbnailatorEngine engine = new ThumbnailatorEngine(Path.of("config/watermarks"));

    @Override
    protected ImageEngine engine() {
        return engine;
    }

    @Override
    protected Pixels decode(Path file) {
        return engine.decode(file);
    }

    /** Java's PNG reader does not look at checksums; what it shows of these two is what is in them. */
    @Override
    protected Set<String> brokenPngsItShows() {
        return Set.of("xcsn0g01.png", "xhdn0g08.png");
    }

    /** Another renderer: the same to an eye, not to the pixel. Letters and hard edges differ most, most of all on black where nothing else is. */
    @Override
    protected PerceptualDistance mostDifference(Op op) {
        return switch (op) {
            case Watermark _ -> new PerceptualDistance(5, 75);
            case Filter filter when filter.effect() == Filter.Kind.GRAYSCALE -> new PerceptualDistance(1, 8);
            case Filter _ -> new PerceptualDistance(4, 30);
            case Rotate _ -> new PerceptualDistance(2, 36);
            case null, default -> new PerceptualDistance(2, 26);
        };
    }

    /** Java's JPEG reader knows no arithmetic coding. */
    @Override
    protected Optional<Code> refusal(Path file, Format format) {
        return file.endsWith("arithmetic.jpg") ? Optional.of(Code.BROKEN_IMAGE) : super.refusal(file, format);
    }

    @ParameterizedTest
    @ValueSource(strings = {"animated.gif", "animated.webp"})
    void takesTheFirstFrameForNoAnimationThatModelsAreToSee(String name) {
        List<Pixels> frames = new ArrayList<>();

        Rejected refusal = assertThrows(Rejected.class, () -> engine.frames(ORIGINALS.resolve(name), frames::add));

        assertEquals(Code.UNSUPPORTED_TYPE, refusal.code());
        assertEquals("The image has 3 frames, of which this installation reads the first; send a still picture, or install libvips.", refusal.getMessage());
        assertEquals(List.of(), frames);
    }

    @ParameterizedTest
    @ValueSource(strings = {"still.gif", "lossy.webp", "lossless.webp", "baseline.jpg", "palette.png", "lzw.tiff", "rgb.bmp"})
    void hasModelsSeeWhatStandsStill(String name) {
        List<Pixels> frames = new ArrayList<>();

        engine.frames(ORIGINALS.resolve(name), frames::add);

        assertEquals(1, frames.size());
    }

    @Test
    void saysThatItReadsNoHeic() {
        var photo = SharedData.path("corpora/exif/heic/IMG_5195.HEIC");

        assertEquals(Code.UNSUPPORTED_TYPE, assertThrows(Rejected.class, () -> render(photo, Format.HEIC, 2048)).code());
    }

    @Test
    void saysThatItReadsNoSvg() {
        var drawing = Samples.file(folder, "in", "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>".getBytes(StandardCharsets.UTF_8));

        assertEquals(Code.UNSUPPORTED_TYPE, assertThrows(Rejected.class, () -> render(drawing, Format.SVG, 2048)).code());
    }
}

package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Fault;
import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.VariantSpec;
import io.safelight.testing.Models;
import io.safelight.testing.SharedData;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Samples;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the shipped model says of real photographs, through each engine, against what its reference implementation says. */
class ReferenceTest {
    private static final double REFERENCE = 0.005;
    private static final double OTHER_RENDITION = 0.02;
    private static final String ON_MXNET = "libvips, and MXNet for the model";
    private static final Map<String, ImageEngine> ENGINES = new LinkedHashMap<>();
    private static final Map<String, Moderator> MODERATORS = new LinkedHashMap<>();

    @TempDir
    Path folder;

    @BeforeAll
    static void loadTheModel() {
        for (String name : List.of("libvips", "thumbnailator")) {
            try {
                ImageEngine engine = Engines.open(name, Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));
                ENGINES.put(name, engine);
                MODERATORS.put(name, new Moderator(engine, Models.running(4, Duration.ofMillis(20), 2, 64)));
            } catch (Fault e) {
                System.out.println("SKIPPED, NOT TESTED: " + e.getMessage());
            }
        }
        if (Engine.hasEngine(Placement.MXNET) && ENGINES.containsKey("libvips")) {
            Placement mxnet = new Placement(Placement.MXNET, "cpu", Optional.empty());
            MODERATORS.put(ON_MXNET, new Moderator(ENGINES.get("libvips"), Models.running(mxnet, 4, Duration.ofMillis(20), 1, 64)));
        }
    }

    @AfterAll
    static void letGo() {
        MODERATORS.values().forEach(Moderator::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"libvips", "thumbnailator", ON_MXNET})
    void agreesWithTheReferenceImplementationWhateverTheBatch(String engine) throws Exception {
        Moderator moderator = moderator(engine);
        JsonNode expected = Json.MAPPER.readTree(SharedData.path("models/expected.json").toFile()).get("probabilities");
        assertEquals(9, expected.size());
        Map<String, Future<Scan>> scans = new LinkedHashMap<>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            expected.fieldNames().forEachRemaining(name -> scans.put(name, callers.submit(() -> moderator.scan(photo(name)))));
        }
        for (Map.Entry<String, Future<Scan>> entry : scans.entrySet()) {
            Scan scan = entry.getValue().get();
            assertEquals("nsfw-mobilenet-v2@4.4.0-u8", scan.model());
            assertEquals(5, scan.labels().size());
            double worst = 0;
            for (Map.Entry<String, Double> label : scan.labels().entrySet()) {
                worst = Math.max(worst, Math.abs(expected.get(entry.getKey()).get(label.getKey()).asDouble() - label.getValue()));
            }
            System.out.printf("%s: %s is %.5f from the reference%n", engine, entry.getKey(), worst);
            assertTrue(worst <= REFERENCE, entry.getKey() + " is " + worst + " from the reference: " + scan.labels());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"libvips", "thumbnailator"})
    void seesAGreyJpegLikeItsColourRendition(String engine) throws IOException {
        BufferedImage photo = ImageIO.read(photo("rocket.jpg").toFile());
        BufferedImage grey = new BufferedImage(photo.getWidth(), photo.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        grey.getGraphics().drawImage(photo, 0, 0, null);
        BufferedImage colour = new BufferedImage(photo.getWidth(), photo.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < grey.getHeight(); y++) {
            for (int x = 0; x < grey.getWidth(); x++) {
                colour.setRGB(x, y, grey.getRaster().getSample(x, y, 0) * 0x010101);
            }
        }
        assertSeesAlike(engine, Samples.file(folder, "colour.jpg", Samples.encoded(colour, "jpeg")),
                Samples.file(folder, "grey.jpg", Samples.encoded(grey, "jpeg")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"libvips", "thumbnailator"})
    void seesPrintColoursLikeTheRenditionThatIsServed(String name) throws IOException {
        moderator(name);
        for (String photo : List.of("coffee.png", "chelsea.png", "rocket.jpg")) {
            Path print = Samples.file(folder, "print.jpg", Samples.cmykJpeg(ImageIO.read(photo(photo).toFile())));
            VariantSpec whole = new VariantSpec("whole", 10_000, List.of(Format.PNG), 90);
            Path served = ENGINES.get(name).render(print, Format.JPEG, 10_000, List.of(whole), Files.createTempDirectory(folder, "out"))
                    .variants().getFirst().file();

            assertSeesAlike(name, served, print);
        }
    }

    private static void assertSeesAlike(String engine, Path one, Path other) {
        Map<String, Double> expected = moderator(engine).scan(one).labels();
        moderator(engine).scan(other).labels().forEach((label, probability) ->
                assertEquals(expected.get(label), probability, OTHER_RENDITION, engine + ", " + label));
    }

    private static Moderator moderator(String engine) {
        Assumptions.assumeTrue(MODERATORS.containsKey(engine), () -> "SKIPPED, NOT TESTED: " + engine + " is not there");
        return MODERATORS.get(engine);
    }

    private static Path photo(String name) {
        return SharedData.path((name.startsWith("flagged") ? "models/" : "photos/") + name);
    }
}

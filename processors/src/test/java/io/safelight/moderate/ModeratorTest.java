package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Rejected;
import io.safelight.model.Json;
import io.safelight.testing.SharedData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModeratorTest {
    private static final double SAME_PIXELS = 0.0005;
    /** The reference decoded JPEGs with a library of less precision, which smooths no chroma: that alone moves two of its numbers by 0.009. */
    private static final double OTHER_JPEG_DECODER = 0.01;

    private static Moderator moderator;

    @TempDir
    Path folder;

    @BeforeAll
    static void loadTheModel() {
        moderator = new Moderator(new ImageIoDecoder(), Model.shipped(), 4, Duration.ofMillis(20), 2, 64);
    }

    @AfterAll
    static void letGo() {
        moderator.close();
    }

    @Test
    void isWarmOnceTheModelHasAnswered() {
        try (Moderator cold = new Moderator(new ImageIoDecoder(), Model.shipped(), 1, Duration.ZERO, 1, 1)) {
            assertFalse(cold.warm());
            cold.warmUp();
            assertTrue(cold.warm());
        }
    }

    @Test
    void agreesWithTheReferenceImplementationWhateverTheBatch() throws Exception {
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
            double tolerance = entry.getKey().endsWith(".png") ? SAME_PIXELS : OTHER_JPEG_DECODER;
            scan.labels().forEach((label, probability) ->
                    assertEquals(expected.get(entry.getKey()).get(label).asDouble(), probability, tolerance, entry.getKey() + " " + label));
        }
    }

    @Test
    void seesAGreyJpegLikeItsColourRendition() throws IOException {
        BufferedImage photo = ImageIO.read(SharedData.path("photos/rocket.jpg").toFile());
        BufferedImage grey = new BufferedImage(photo.getWidth(), photo.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        grey.getGraphics().drawImage(photo, 0, 0, null);
        BufferedImage colour = new BufferedImage(photo.getWidth(), photo.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < grey.getHeight(); y++) {
            for (int x = 0; x < grey.getWidth(); x++) {
                colour.setRGB(x, y, grey.getRaster().getSample(x, y, 0) * 0x010101);
            }
        }
        Map<String, Double> one = moderator.scan(written(grey, "grey.jpg")).labels();
        Map<String, Double> other = moderator.scan(written(colour, "colour.jpg")).labels();
        one.forEach((label, probability) -> assertEquals(other.get(label), probability, 0.02, label));
    }

    @Test
    void refusesWhatCannotBeDecodedAndGoesOn() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.jpg"), "no image");
        List<Future<Scan>> scans = new ArrayList<>();
        Path good = written(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB), "good.jpg");
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 6; i++) {
                Path image = i == 3 ? broken : good;
                scans.add(callers.submit(() -> moderator.scan(image)));
            }
        }
        assertThrows(Rejected.class, () -> moderator.scan(broken));
        assertEquals(5, scans.stream().filter(scan -> scan.state() == Future.State.SUCCESS).count());
    }

    private Path written(BufferedImage image, String name) throws IOException {
        Path file = folder.resolve(name);
        assertTrue(ImageIO.write(image, "jpeg", file.toFile()));
        return file;
    }

    private static Path photo(String name) {
        return SharedData.path((name.startsWith("flagged") ? "models/" : "photos/") + name);
    }
}

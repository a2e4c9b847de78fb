package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Rejected;
import io.safelight.testing.Models;
import io.safelight.transform.thumbnailator.ThumbnailatorEngine;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModeratorTest {
    private static Moderator moderator;

    @TempDir
    Path folder;

    @BeforeAll
    static void loadTheModel() {
        moderator = new Moderator(new ThumbnailatorEngine(Path.of("config/watermarks")), Models.running(4, Duration.ofMillis(20), 2, 64));
    }

    @AfterAll
    static void letGo() {
        moderator.close();
    }

    @Test
    void isWarmOnceTheModelHasAnswered() {
        try (Moderator cold = new Moderator(new ThumbnailatorEngine(Path.of("config/watermarks")), Models.running(1, Duration.ZERO, 1, 1))) {
            assertFalse(cold.warm());
            cold.warmUp();
            assertTrue(cold.warm());
        }
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
}

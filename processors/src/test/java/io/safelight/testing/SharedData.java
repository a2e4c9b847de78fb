package io.safelight.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Real photographs and broken files, which lie beside the checkout where somebody put them. A test that needs them is skipped, loudly, where nobody did. */
public final class SharedData {
    private static final Path FOLDER = Path.of("..", "shared", "data");

    private SharedData() {}

    public static Path path(String relative) {
        Path path = FOLDER.resolve(relative);
        Assumptions.assumeTrue(Files.exists(path), () -> "SKIPPED, NOT TESTED: " + path + " is missing; put the test data there");
        return path;
    }

    public static List<Path> files(String folder) {
        try (Stream<Path> files = Files.walk(path(folder))) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

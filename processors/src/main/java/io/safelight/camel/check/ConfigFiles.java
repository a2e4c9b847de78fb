package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** {@code config/variants.yaml} and {@code config/moderation.yaml}, by the loaders that read them at start. */
final class ConfigFiles implements Rule {
    private static final List<String> FILES = List.of("config/variants.yaml", "config/moderation.yaml");

    static int count(Path home) {
        return (int) FILES.stream().filter(f -> Files.exists(home.resolve(f))).count();
    }

    @Override
    public void check(Project project, Consumer<Finding> findings) {
    }
}

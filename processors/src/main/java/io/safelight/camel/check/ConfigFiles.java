package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** {@code config/variants.yaml} and {@code config/moderation.yaml} are YAML, each key given once. */
final class ConfigFiles implements Rule {
    private static final List<String> FILES = List.of("config/variants.yaml", "config/moderation.yaml");

    static List<Path> in(Path home) {
        return FILES.stream().map(home::resolve).filter(Files::exists).toList();
    }

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Yaml file : project.configFiles) {
            file.tree().forEach(node -> TidyYaml.duplicates(node, findings));
        }
    }
}

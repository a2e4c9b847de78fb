package io.safelight.camel.check;

import io.safelight.config.ConfigReference;
import io.safelight.config.Finding;
import java.util.function.Consumer;

/** Our keys in {@code config/application.properties} exist and hold values of their type. */
final class Settings implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Setting setting : project.settings) {
            if (setting.key().startsWith("safelight.")) {
                ConfigReference.find(setting.key().replaceFirst("\\[\\d+]$", "")).ifPresentOrElse(
                        key -> value(setting, key, findings),
                        () -> findings.accept(new Finding(Setting.FILE, setting.line(), "there is no key '" + setting.key() + "'",
                                Names.suggest(setting.key(), ConfigReference.keys().stream().map(ConfigReference.Key::name).toList(),
                                        "docs/reference/configuration.md lists them all."))));
            }
        }
    }

    private static void value(Setting setting, ConfigReference.Key key, Consumer<Finding> findings) {
        if (!setting.value().isEmpty() && !setting.value().contains("${")) {
            key.expected(setting.value()).ifPresent(expected -> findings.accept(new Finding(Setting.FILE, setting.line(),
                    "'" + setting.value() + "' is no value of '" + setting.key() + "'", "Write " + expected + ".")));
        }
    }
}

package io.safelight.camel.check;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.safelight.config.ConfigReference;
import io.safelight.config.Finding;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Consumer;

/** Our keys in {@code config/application.properties} exist and hold values of their type. */
final class Settings implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Setting setting : project.settings) {
            if (setting.key().startsWith("safelight.")) {
                ConfigReference.find(setting.key().replaceFirst("\\[\\d+]$", "")).ifPresentOrElse(
                        key -> value(setting, key.type(), findings),
                        () -> findings.accept(new Finding(Setting.FILE, setting.line(), "there is no key '" + setting.key() + "'",
                                Names.suggest(setting.key(), ConfigReference.keys().stream().map(ConfigReference.Key::name).toList(),
                                        "docs/reference/configuration.md lists them all."))));
            }
        }
    }

    private static void value(Setting setting, Type type, Consumer<Finding> findings) {
        if (setting.value().isEmpty() || setting.value().contains("${")) {
            return;
        }
        String expected = expected(ConfigReference.raw(type), setting.value());
        if (!expected.isEmpty()) {
            findings.accept(new Finding(Setting.FILE, setting.line(), "'" + setting.value() + "' is no value of '" + setting.key() + "'", "Write " + expected + "."));
        }
    }

    /** @return empty where the value converts, as the application itself would do it at start */
    private static String expected(Class<?> type, String value) {
        try {
            if (type == Duration.class) {
                new DurationConverter().convert(value);
            } else if (type == MemorySize.class) {
                new MemorySizeConverter().convert(value);
            } else if (type == int.class || type == Integer.class) {
                Integer.parseInt(value);
            } else if (type == long.class || type == Long.class) {
                Long.parseLong(value);
            } else if (type == double.class || type == Double.class) {
                Double.parseDouble(value);
            } else if ((type == boolean.class || type == Boolean.class) && !value.matches("(?i)true|false")) {
                return "true or false";
            }
            return "";
        } catch (RuntimeException e) {
            return type == Duration.class ? "a duration, such as 500ms, 30s or 24h"
                    : type == MemorySize.class ? "a size, such as 64K, 100M or 1G" : "a number";
        }
    }
}

package io.safelight.config;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.smallrye.config.common.utils.StringUtil;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The keys of {@link SafelightConfig}, by reflection, and the reference page made of them. */
public final class ConfigReference {
    /** Stands in a key for a name that the operator chooses. */
    private static final String ANY = "<name>";

    private static final List<Key> KEYS = collect();

    private ConfigReference() {}

    /**
     * One key.
     *
     * @param name         in kebab-case, with {@code <name>} where the operator chooses a name
     * @param type         of the value; inside its {@code Optional} where it may be absent
     * @param defaultValue absent where there is none
     * @param optional     whether it may stay without a value
     * @param doc          what it does; empty where {@link Doc} was forgotten
     */
    public record Key(String name, Type type, Optional<String> defaultValue, boolean optional, String doc) {
        public String environment() {
            return name.replaceAll("[^a-z0-9<>]", "_").toUpperCase(Locale.ROOT);
        }

        /** The second word of a key with three or more, such as {@code broker}; {@code general} for the short ones. */
        String section() {
            String[] words = name.split("\\.");
            return words.length > 2 ? words[1] : "general";
        }

        /** What to write instead; empty where the value converts, as the application itself would do it at start. */
        public Optional<String> expected(String value) {
            Class<?> raw = raw(type);
            try {
                if (raw == Duration.class) {
                    new DurationConverter().convert(value);
                } else if (raw == MemorySize.class) {
                    new MemorySizeConverter().convert(value);
                } else if (raw == int.class || raw == Integer.class) {
                    Integer.parseInt(value);
                } else if (raw == long.class || raw == Long.class) {
                    Long.parseLong(value);
                } else if (raw == double.class || raw == Double.class) {
                    Double.parseDouble(value);
                } else if ((raw == boolean.class || raw == Boolean.class) && !value.matches("(?i)true|false")) {
                    return Optional.of("true or false");
                }
                return Optional.empty();
            } catch (RuntimeException e) {
                return Optional.of(raw == Duration.class ? "a duration, such as 500ms, 30s or 24h"
                        : raw == MemorySize.class ? "a size, such as 64K, 100M or 1G" : "a number");
            }
        }

        /** Whether an environment variable of this name sets the key. */
        private boolean isSetBy(String variable) {
            return Pattern.matches(Pattern.quote(environment()).replace("<NAME>", "\\E.+\\Q"), variable);
        }

        private boolean matches(String actual) {
            return Pattern.matches(Pattern.quote(name).replace(ANY, "\\E(\"[^\"]+\"|[^.]+)\\Q"), actual);
        }
    }

    /** In the order of their names. */
    public static List<Key> keys() {
        return KEYS;
    }

    /** @param name as an operator writes it */
    public static Optional<Key> find(String name) {
        return KEYS.stream().filter(key -> key.matches(name)).findFirst();
    }

    /** @param variable such as {@code SAFELIGHT_UPLOAD_MAX_BYTES} */
    public static Optional<Key> findByEnvironment(String variable) {
        return KEYS.stream().filter(key -> key.isSetBy(variable)).findFirst();
    }

    private static List<Key> collect() {
        List<Key> keys = new ArrayList<>();
        collect(SafelightConfig.class, SafelightConfig.class.getAnnotation(ConfigMapping.class).prefix(), keys);
        keys.sort(Comparator.comparing(Key::name));
        return List.copyOf(keys);
    }

    private static void collect(Class<?> group, String prefix, List<Key> keys) {
        for (Method method : group.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) || method.isDefault()) {
                continue;
            }
            String name = prefix + "." + Optional.ofNullable(method.getAnnotation(WithName.class)).map(WithName::value)
                    .orElseGet(() -> StringUtil.skewer(method.getName()));
            Type type = method.getGenericReturnType();
            if (raw(type) == Map.class) {
                name += "." + ANY;
                type = ((ParameterizedType) type).getActualTypeArguments()[1];
            }
            boolean optional = raw(type) == Optional.class;
            if (optional) {
                type = ((ParameterizedType) type).getActualTypeArguments()[0];
            }
            if (raw(type).getEnclosingClass() == SafelightConfig.class) {
                collect(raw(type), name, keys);
                continue;
            }
            keys.add(new Key(name, type, Optional.ofNullable(method.getAnnotation(WithDefault.class)).map(WithDefault::value), optional,
                    Optional.ofNullable(method.getAnnotation(Doc.class)).map(Doc::value).orElse("")));
        }
    }

    /** The class behind a type such as {@code List<String>}. */
    public static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) type;
    }

    /** The page, as Markdown. */
    public static String page() {
        StringBuilder page = new StringBuilder("""
                # Configuration

                Generated from `SafelightConfig`; change it there. Values stand in `config/application.properties`, or in the environment
                under the name in the second column, which wins. Durations are written `500ms`, `30s`, `24h`; sizes `64K`, `100M`, `1G`;
                lists with commas. Keys that begin with `quarkus.` or `camel.` are theirs.
                """);
        Map<String, List<Key>> sections = new TreeMap<>(Comparator.comparing((String s) -> !s.equals("general")).thenComparing(s -> s));
        KEYS.forEach(key -> sections.computeIfAbsent(key.section(), s -> new ArrayList<>()).add(key));
        sections.forEach((section, keys) -> {
            page.append("\n## ").append(section).append("\n\n| key | environment | default | what it does |\n|---|---|---|---|\n");
            keys.forEach(key -> page.append("| `%s` | `%s` | %s | %s |\n".formatted(key.name(), key.environment(),
                    key.defaultValue().map(v -> "`" + v + "`").orElse(key.optional() ? "none" : "required"), key.doc().replace("|", "\\|"))));
        });
        return page.toString();
    }
}

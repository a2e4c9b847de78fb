package io.safelight.config;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** {@code config/variants.yaml}: the sizes made of every image. */
public final class VariantsFile {
    private static final Set<String> KEYS = Set.of("name", "width", "formats", "quality");
    private static final Set<String> FORMATS = Set.of("jpeg", "png", "webp", "avif");
    private static final List<String> DEFAULT_FORMATS = List.of("avif", "webp", "jpeg");
    private static final int DEFAULT_QUALITY = 80;
    private static final int MAX_WIDTH = 16383;
    /** Names of files that stand beside the variants of an image. */
    private static final Set<String> RESERVED = Set.of("master", "source", "manifest");

    private VariantsFile() {}

    /** @throws io.safelight.error.Fault naming every finding */
    public static List<VariantSpec> load(Path file) {
        return check(file).orThrow();
    }

    public static Checked<List<VariantSpec>> check(Path file) {
        return YamlFile.read(file, "variants", entries -> {
            List<VariantSpec> specs = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (YamlFile.Entry entry : entries) {
                VariantSpec spec = spec(entry);
                if (spec != null && !names.add(spec.name())) {
                    entry.find("name", "two variants are named '" + spec.name() + "'", "rename one");
                }
                specs.add(spec);
            }
            return Collections.unmodifiableList(specs);
        });
    }

    private static VariantSpec spec(YamlFile.Entry entry) {
        entry.onlyKeys(KEYS);
        String name = entry.text("name", n -> n.matches("[a-z0-9-]{1,32}") && !RESERVED.contains(n),
                "write 1 to 32 small letters, digits or hyphens, and none of " + new TreeSet<>(RESERVED));
        Integer width = entry.integer("width", 1, MAX_WIDTH);
        List<String> formats = entry.has("formats") ? entry.names("formats", FORMATS) : DEFAULT_FORMATS;
        Integer quality = entry.has("quality") ? entry.integer("quality", 1, 100) : Integer.valueOf(DEFAULT_QUALITY);
        return name == null || width == null || formats == null || quality == null ? null
                : new VariantSpec(name, width, formats.stream().map(Format::of).toList(), quality);
    }
}

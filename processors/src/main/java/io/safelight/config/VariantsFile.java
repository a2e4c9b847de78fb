package io.safelight.config;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import io.safelight.model.op.Resize;
import io.safelight.model.op.Watermark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** {@code config/variants.yaml}: the sizes made of every image. */
public final class VariantsFile {
    private static final Set<String> KEYS = Set.of("name", "width", "ops", "formats", "quality", "animated", "strip");
    private static final Set<String> FORMATS = Set.of("jpeg", "png", "webp", "avif");
    private static final List<String> DEFAULT_FORMATS = List.of("avif", "webp", "jpeg");
    /** Without AVIF, in which nothing moves and which browsers would be given first. */
    private static final List<String> MOVING_FORMATS = List.of("webp", "jpeg");
    /** Names of files that stand beside the variants of an image. */
    private static final Set<String> RESERVED = Set.of("master", "source", "manifest");

    private VariantsFile() {}

    /** @throws io.safelight.error.Fault naming every finding */
    public static List<VariantSpec> load(Path path) {
        return check(path).orThrow();
    }

    public static Checked<List<VariantSpec>> check(Path path) {
        return YamlFile.read(path, "variants", entries -> {
            List<VariantSpec> specs = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (YamlFile.Entry entry : entries) {
                VariantSpec spec = spec(entry, path.resolveSibling("watermarks"));
                if (spec != null && !names.add(spec.name())) {
                    entry.find("name", "two variants are named '" + spec.name() + "'", "rename one");
                }
                specs.add(spec);
            }
            return Collections.unmodifiableList(specs);
        });
    }

    /** @param watermarks folder of the images that watermarks are made of */
    private static VariantSpec spec(YamlFile.Entry entry, Path watermarks) {
        entry.onlyKeys(KEYS);
        String name = entry.text("name", n -> n.matches("[a-z0-9-]{1,32}") && !RESERVED.contains(n),
                "write 1 to 32 small letters, digits or hyphens, and none of " + new TreeSet<>(RESERVED));
        Chain chain = chain(entry);
        boolean animated = Boolean.TRUE.equals(entry.flag("animated", false));
        List<String> formats = entry.has("formats") ? entry.names("formats", FORMATS) : animated ? MOVING_FORMATS : DEFAULT_FORMATS;
        Integer quality = entry.has("quality") ? entry.integer("quality", 1, 100) : Integer.valueOf(VariantSpec.DEFAULT_QUALITY);
        Stream.ofNullable(chain).flatMap(c -> c.ops().stream()).forEach(op -> {
            if (op instanceof Watermark watermark && watermark.mark() instanceof Watermark.Image image && !Files.isReadable(watermarks.resolve(image.file()))) {
                entry.find("ops", "there is no watermark " + image.file(), "put it into " + watermarks);
            }
        });
        if (animated && chain != null && chain.ops().stream().anyMatch(Op::looksAtPixels)) {
            entry.find("ops", "the operations of an animated variant would do each frame differently", "leave 'trim' and 'gravity: attention' out");
        }
        if (animated && formats != null && !formats.contains(Format.WEBP.slug())) {
            entry.find("animated", "none of the formats can hold an animation", "add webp to 'formats', or leave 'animated' out");
        }
        if (animated && formats != null && formats.contains(Format.AVIF.slug())) {
            entry.find("formats", "an animated variant has avif, in which it stands still, and browsers that take both are given avif",
                    "take avif out of 'formats', or leave 'animated' out");
        }
        if (entry.has("strip")) {
            entry.text("strip", "true"::equals, "write true or leave it out: metadata is never passed on");
        }
        return name == null || chain == null || formats == null || quality == null ? null
                : new VariantSpec(name, chain, formats.stream().map(Format::of).toList(), quality, animated);
    }

    /** {@code width: 320} is short for {@code ops: [resize: 320]}. */
    private static Chain chain(YamlFile.Entry entry) {
        if (!entry.has("ops")) {
            Integer width = entry.integer("width", 1, Resize.MOST);
            return width == null ? null : new Chain(List.of(Resize.toWidth(width)));
        }
        if (entry.has("width")) {
            entry.find("width", "'width' stands beside 'ops'", "write the width as the operation '- resize: {width: …}'");
            return null;
        }
        List<Op> ops = entry.steps("ops", (name, values) -> OpKind.of(name).read(values));
        if (ops != null && ops.size() > Chain.MOST) {
            entry.find("ops", "'ops' has %d operations".formatted(ops.size()), "write at most " + Chain.MOST);
            return null;
        }
        return ops == null ? null : new Chain(ops);
    }
}

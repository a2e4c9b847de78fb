package io.safelight.bench;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Resize;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a {@link Peer} is to make.
 *
 * @param way      how: {@code engine} and {@code thumbnailator} in Java, {@code loop} and {@code once} by sharp
 * @param repeat   how often each file is taken
 * @param inFlight images at a time
 * @param master   whether the master is made as well
 * @param options  of sharp, by format
 */
record Job(String way, List<String> files, int repeat, int inFlight, boolean master, List<Sized> variants, Map<String, Map<String, Object>> options, String folder) {
    record Sized(String name, int width, List<Format> formats, int quality) {
        VariantSpec spec() {
            return new VariantSpec(name, width, formats, quality);
        }

        static Sized of(VariantSpec spec) {
            if (spec.chain().ops().size() == 1 && spec.chain().ops().getFirst() instanceof Resize resize && resize.width() != null) {
                return new Sized(spec.name(), resize.width(), spec.formats(), spec.quality());
            }
            throw new IllegalArgumentException("the benchmark compares widths only, and the variant " + spec.name() + " is more than that");
        }
    }

    static Job of(String way, List<Path> files, List<Sized> variants) {
        return new Job(way, files.stream().map(Path::toString).toList(), 1, 1, false, variants, Map.of(), "target/bench/out/" + way);
    }

    Job times(int repeat) {
        return new Job(way, files, repeat, inFlight, master, variants, options, folder);
    }

    Job inFlight(int inFlight) {
        return new Job(way, files, repeat, inFlight, master, variants, options, folder);
    }

    Job withMaster() {
        return new Job(way, files, repeat, inFlight, true, variants, options, folder);
    }

    Job with(Map<String, Map<String, Object>> options) {
        return new Job(way, files, repeat, inFlight, master, variants, options, folder);
    }

}

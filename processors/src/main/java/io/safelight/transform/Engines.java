package io.safelight.transform;

import io.safelight.error.Fault;
import io.safelight.model.VariantSpec;
import io.safelight.transform.thumbnailator.ThumbnailatorEngine;
import io.safelight.transform.vips.VipsEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Chooses the engine at start and says in the log which, and why. */
public final class Engines {
    private static final Logger LOG = Logger.getLogger(Engines.class);

    private Engines() {}

    /**
     * @param name         {@code auto}, {@code libvips} or {@code thumbnailator}
     * @param libvipsPath  of the shared library; empty looks below {@code nativeFolder}, then on the system
     * @param nativeFolder where {@code scripts/fetch-libvips} puts one folder per platform
     * @param watermarks   folder of the images that watermarks are made of
     * @param limits       on what libvips decodes; what ImageIO reads it reads as validation does
     * @throws Fault for a name that is none of these, or where libvips was asked for (by name or path) and cannot be loaded
     */
    public static ImageEngine open(String name, Optional<String> libvipsPath, Path nativeFolder, Path watermarks, Limits limits) {
        return switch (name) {
            case "thumbnailator" -> thumbnailator(watermarks);
            case "libvips" -> libvips(libvipsPath, nativeFolder, watermarks, limits);
            case "auto" -> {
                try {
                    yield libvips(libvipsPath, nativeFolder, watermarks, limits);
                } catch (Fault e) {
                    if (libvipsPath.isPresent()) {
                        throw e;
                    }
                    LOG.warnf("%s Until then images are made by Thumbnailator: several times slower, JPEG and PNG only, and AVIF, HEIC and SVG are not read.",
                            e.getMessage());
                    yield thumbnailator(watermarks);
                }
            }
            default -> throw new Fault("safelight.engine.name is '%s'; it must be auto, libvips or thumbnailator.".formatted(name));
        };
    }

    /** For files of one's own. */
    public static ImageEngine open(String name, Optional<String> libvipsPath, Path nativeFolder, Path watermarks) {
        return open(name, libvipsPath, nativeFolder, watermarks, Limits.NONE);
    }

    /** What an engine of this name can do at its best. */
    public static Abilities abilities(String name) {
        return name.equals(VipsEngine.COMPLETE.name()) ? VipsEngine.COMPLETE : new ThumbnailatorEngine(Path.of(""));
    }

    /** @throws Fault naming each variant that asks for what this engine cannot do */
    public static List<VariantSpec> check(Abilities engine, List<VariantSpec> variants) {
        List<String> faults = new ArrayList<>();
        for (VariantSpec variant : variants) {
            String wants = "The variant %s of config/variants.yaml wants %%s, which %s cannot do: %%s.".formatted(variant.name(), engine.name());
            variant.chain().ops().forEach(op -> engine.cannot(op).ifPresent(why -> faults.add(wants.formatted(op.text(), why))));
            if (variant.animated() && !engine.animates()) {
                faults.add(wants.formatted("animated: true", "an animation is written as WebP, which it does not write; leave 'animated' out, or install libvips"));
            }
        }
        if (!faults.isEmpty()) {
            throw new Fault(String.join("\n", faults));
        }
        return variants;
    }

    /** @throws Fault naming the variants of which every frame is published where this engine would have the models look at the first */
    public static void checkLook(Abilities engine, List<VariantSpec> variants) {
        List<String> moving = variants.stream().filter(VariantSpec::animated).map(VariantSpec::name).toList();
        if (!moving.isEmpty() && !engine.animates()) {
            throw new Fault("Of what moves %s reads the first frame only, and config/variants.yaml publishes every frame: 'animated' is true of %s. Install libvips where the group "
                    .formatted(engine.name(), String.join(", ", moving)) + "moderation runs (scripts/fetch-libvips, or 8.14 or newer of the system), or leave 'animated' out.");
        }
    }

    private static ImageEngine thumbnailator(Path watermarks) {
        return chosen(new ThumbnailatorEngine(watermarks), "pure Java");
    }

    private static ImageEngine libvips(Optional<String> path, Path nativeFolder, Path watermarks, Limits limits) {
        List<String> failures = new ArrayList<>();
        for (Candidate candidate : path.map(p -> List.of(Candidate.of(Path.of(p)))).orElseGet(() -> candidates(nativeFolder))) {
            try {
                return chosen(new VipsEngine(candidate.library().get(), watermarks, limits), candidate.name());
            } catch (IllegalArgumentException | IllegalStateException e) {
                failures.add(candidate.name() + ": " + e.getMessage());
            }
        }
        throw new Fault("libvips cannot be loaded (%s). Run scripts/fetch-libvips, install libvips 8.14 or newer, or set safelight.engine.libvips to its path."
                .formatted(failures.isEmpty() ? "none found" : String.join("; ", failures)));
    }

    private static ImageEngine chosen(ImageEngine engine, String from) {
        LOG.infof("Images are made by %s %s (%s): reads %s, writes %s", engine.name(), engine.version(), from, engine.reads(), engine.writes());
        List<String> undone = OperationsPage.undone(engine);
        if (!undone.isEmpty()) {
            LOG.infof("Of the operations, %s leaves out: %s", engine.name(), String.join("; ", undone));
        }
        return engine;
    }

    /** A library that may or may not load; it stays loaded for the life of the process. */
    private record Candidate(String name, Supplier<SymbolLookup> library) {
        static Candidate of(Path file) {
            return new Candidate(file.toString(), () -> SymbolLookup.libraryLookup(file.toAbsolutePath(), Arena.global()));
        }

        static Candidate system(String name) {
            return new Candidate(name, () -> SymbolLookup.libraryLookup(name, Arena.global()));
        }
    }

    private static List<Candidate> candidates(Path nativeFolder) {
        boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac");
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x64";
        List<Candidate> candidates = new ArrayList<>();
        // the wrong one of glibc and musl does not load, so both may be tried
        for (String platform : mac ? List.of("darwin-" + arch) : List.of("linux-" + arch, "linuxmusl-" + arch)) {
            sharedLibrary(nativeFolder.resolve(platform)).map(Candidate::of).ifPresent(candidates::add);
        }
        candidates.add(Candidate.system(mac ? "libvips.42.dylib" : "libvips.so.42"));
        return candidates;
    }

    private static Optional<Path> sharedLibrary(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith("libvips")).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

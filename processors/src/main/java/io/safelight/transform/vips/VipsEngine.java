package io.safelight.transform.vips;

import io.safelight.decode.JpegColours;
import io.safelight.decode.PixelDecoder;
import io.safelight.decode.Pixels;
import io.safelight.decode.Raster;
import io.safelight.decode.ReferenceJpeg;
import io.safelight.decode.Turned;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.Size;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Colour;
import io.safelight.model.op.Op;
import io.safelight.model.op.Resize;
import io.safelight.transform.Abilities;
import io.safelight.transform.Blurhash;
import io.safelight.transform.DominantColor;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Limits;
import io.safelight.transform.PerceptualHash;

import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The engine on libvips. Decodes once; the master and every variant come from the same reduced pixels. */
public final class VipsEngine implements ImageEngine, PixelDecoder {
    private static final String NAME = "libvips";
    private static final int MASTER_QUALITY = 92;
    /** Side of the rendition from which blurhash and dominant colour are taken. */
    private static final int TINY_SIDE = 64;
    /** What a libvips with everything built in can do. */
    public static final Abilities COMPLETE = new Abilities() {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public Set<Format> reads() {
            return Probe.all(Loader.LOADERS);
        }

        @Override
        public Set<Format> writes() {
            return Probe.WRITTEN;
        }

        @Override
        public Optional<String> cannot(Op op) {
            return Optional.empty();
        }
    };

    final Vips vips;
    private final Set<Format> reads;
    private final Set<Format> writes;
    private final Loader loader;
    private final Painter painter;

    /**
     * @param library    that has libvips and GObject in it
     * @param watermarks folder of the images that watermarks are made of
     * @param limits     on what is decoded
     * @throws IllegalStateException where it has not, is older than 8.14, or was built without Pango
     */
    public VipsEngine(SymbolLookup library, Path watermarks, Limits limits) {
        vips = new Vips(library);
        Probe probe = new Probe(vips);
        if (!probe.has("text")) {
            throw new IllegalStateException("it was built without Pango, which a watermark's text is set with");
        }
        reads = probe.reads(Loader.LOADERS);
        writes = probe.writes();
        loader = new Loader(reads, limits);
        painter = new Painter(new Marks(watermarks, this::mark));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String version() {
        return vips.version;
    }

    @Override
    public Set<Format> reads() {
        return reads;
    }

    @Override
    public Set<Format> writes() {
        return writes;
    }

    @Override
    public Pixels decode(Path file) {
        try (Session session = vips.session()) {
            return decoding(file, () -> {
                Format format = Loader.formatOf(session, file);
                VipsImage source = loader.source(session, file, format).header();
                Raster decoded = raster(Srgb.stored(source));
                Pixels seen = switch (format == Format.JPEG ? JpegColours.of(file) : JpegColours.NONE) {
                    case NONE -> decoded;
                    case HALVED -> new ReferenceJpeg(decoded, colours(session, file, decoded));
                    case OTHER -> new ReferenceJpeg(decoded, decoded);
                };
                return Turned.upright(seen, source.orientation());
            });
        }
    }

    @Override
    public void frames(Path file, Consumer<Pixels> each) {
        try (Session session = vips.session()) {
            Format format = Loader.formatOf(session, file);
            if (Source.MOVING.contains(format)) {
                Source source = decoding(file, () -> loader.source(session, file, format));
                if (source.frames() > 1) {
                    // a master is bounded already; an original, as /classify has them, is not
                    Size size = Animation.bounded(source.size(), source.frames());
                    decoding(file, () -> source.animation(size).frames()).forEach(frame -> each.accept(decoding(file, () -> raster(frame))));
                    return;
                }
            }
        }
        each.accept(decode(file));
    }

    @Override
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        try (Session session = vips.session()) {
            Source source = decoding(original, () -> loader.source(session, original, format));
            Animation master = decoding(original, () -> wanted(source, source.size().within(masterSide), variants));
            return encoding(() -> {
                Saver saver = new Saver(folder);
                VipsImage first = master.frames().getFirst();
                Rendition masterFile = master.moves() ? saver.save(master, "master", MASTER_QUALITY)
                        : saver.save(first, "master", first.hasAlpha() ? Format.PNG : Format.JPEG, MASTER_QUALITY);
                List<Levels> levels = levels(master);
                List<Rendition> made = write(levels, master, variants, saver);
                Raster small = raster(levels.getFirst().about(PerceptualHash.SIDE));
                Raster tiny = raster(levels.getFirst().at(first.size().within(TINY_SIDE)));
                return new Rendering(source.size().width(), source.size().height(), masterFile, made, Blurhash.encode(tiny), DominantColor.of(tiny), PerceptualHash.of(small));
            });
        }
    }

    @Override
    public List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder) {
        try (Session session = vips.session()) {
            Source source = decoding(original, () -> loader.source(session, original, format));
            Animation base = decoding(original, () -> wanted(source, largest(source.size(), variants), variants));
            return encoding(() -> write(levels(base), base, variants, new Saver(folder)));
        }
    }

    @Override
    public Optional<String> cannot(Op op) {
        return COMPLETE.cannot(op);
    }

    /** @param levels of each frame */
    private List<Rendition> write(List<Levels> levels, Animation master, List<VariantSpec> variants, Saver saver) {
        List<Rendition> made = new ArrayList<>();
        Levels first = levels.getFirst();
        for (VariantSpec variant : variants.stream().sorted(Comparator.comparingInt((VariantSpec v) -> begins(first.base().size(), v).width()).reversed()).toList()) {
            VipsImage image = painter.paint(first, variant.chain());
            List<Format> formats = formats(variant, image.hasAlpha());
            // several savers would each compute what was only asked for
            VipsImage pixels = image == first.base() || formats.size() == 1 ? image : image.inMemory();
            for (Format format : formats) {
                made.add(variant.animated() && master.moves() && format == Format.WEBP
                        ? saver.save(new Animation(levels.stream().map(frame -> painter.paint(frame, variant.chain())).toList(), master.delays(), master.loop()),
                                variant.name(), variant.quality())
                        : saver.save(pixels, variant.name(), format, variant.quality()));
            }
        }
        return made;
    }

    /** The size in which a variant's chain wants the picture. */
    private static Size begins(Size whole, VariantSpec variant) {
        return !variant.chain().ops().isEmpty() && variant.chain().ops().getFirst() instanceof Resize resize
                ? whole.covering(resize.scaled(whole)) : whole;
    }

    private static Size largest(Size whole, List<VariantSpec> variants) {
        return variants.stream().map(variant -> begins(whole, variant)).max(Comparator.comparingInt(Size::width)).orElse(whole);
    }

    // --- pixels in

    /** Every frame where a variant keeps them, at this size or a bearable one; else the first. */
    private static Animation wanted(Source source, Size size, List<VariantSpec> variants) {
        return source.frames() > 1 && variants.stream().anyMatch(VariantSpec::animated)
                ? source.animation(Animation.bounded(size, source.frames())) : Animation.still(source.upright(size));
    }

    private static List<Levels> levels(Animation frames) {
        return frames.frames().stream().map(Levels::new).toList();
    }

    private VipsImage mark(Session session, Path file) {
        return Srgb.of(loader.open(session, file, Loader.formatOf(session, file)).inMemory().then("autorot", ""));
    }

    /** Decoded at half the size, a 4:2:0 JPEG has its colours as they are stored: at full size libjpeg interpolates them. */
    private Raster colours(Session session, Path file, Raster full) {
        return full.width() < 2 || full.height() < 2 ? full : raster(Srgb.stored(loader.open(session, file, Format.JPEG, 2)));
    }

    private static Raster raster(VipsImage image) {
        return new Raster(image.width(), image.height(), image.session().pixels(image.flat(Colour.WHITE)));
    }

    // --- whose fault it is

    private static <T> T decoding(Path file, Supplier<T> step) {
        try {
            return step.get();
        } catch (VipsException e) {
            throw e.outOfRoom ? noRoom(e) : new Rejected(Code.BROKEN_IMAGE,
                    "The image cannot be decoded to its end (%s). Export it anew, or upload it again if the upload broke off."
                            .formatted(e.getMessage().replace(file.toString(), "file")), e);
        }
    }

    private static <T> T encoding(Supplier<T> step) {
        try {
            return step.get();
        } catch (VipsException e) {
            throw e.outOfRoom ? noRoom(e) : new Fault("A rendition could not be written: " + e.getMessage(), e);
        }
    }

    private static Unavailable noRoom(VipsException e) {
        return new Unavailable(e.outOfMemory ? Code.OUT_OF_MEMORY : Code.UNAVAILABLE,
                "No memory or disk space was left for an image; it is tried again. Lower safelight.engine.concurrency if this repeats.", e);
    }
}

package io.safelight.transform.vips;

import io.safelight.decode.ImageIoReader;
import io.safelight.decode.JpegColours;
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
import io.safelight.model.op.Area;
import io.safelight.model.op.Colour;
import io.safelight.model.op.Op;
import io.safelight.model.op.Resize;
import io.safelight.transform.Abilities;
import io.safelight.transform.Blurhash;
import io.safelight.transform.DominantColor;
import io.safelight.transform.ImageEngine;

import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The engine on libvips. Decodes once; the master and every variant come from the same reduced pixels. */
public final class VipsEngine implements ImageEngine {
    private static final String NAME = "libvips";
    private static final int MASTER_QUALITY = 92;
    /** Side of the rendition from which blurhash and dominant colour are taken. */
    private static final int TINY_SIDE = 64;
    private static final Map<Format, String> LOADERS = Map.of(Format.JPEG, "jpegload", Format.PNG, "pngload",
            Format.WEBP, "webpload", Format.GIF, "gifload", Format.TIFF, "tiffload", Format.AVIF, "heifload", Format.HEIC, "heifload");
    /** Loaders by the names that libvips' sniffing answers with. The gain map of an Ultra HDR JPEG is left aside. */
    private static final Map<String, Format> LOADER_CLASSES = Map.of("VipsForeignLoadJpegFile", Format.JPEG,
            "VipsForeignLoadUhdrFile", Format.JPEG, "VipsForeignLoadPngFile", Format.PNG, "VipsForeignLoadWebpFile", Format.WEBP,
            "VipsForeignLoadNsgifFile", Format.GIF, "VipsForeignLoadTiffFile", Format.TIFF, "VipsForeignLoadHeifFile", Format.AVIF);

    private static final Set<Format> MOVING = Set.of(Format.GIF, Format.WEBP);
    /** Where a file does not say how long a frame is shown: what browsers take. */
    private static final int FRAME_MS = 100;

    /** What a libvips with everything built in can do. */
    public static final Abilities COMPLETE = new Abilities() {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public Set<Format> reads() {
            return Probe.all(LOADERS);
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
    private final Painter painter;

    /**
     * @param library    that has libvips and GObject in it
     * @param watermarks folder of the images that watermarks are made of
     * @throws IllegalStateException where it has not, or is older than 8.14
     */
    public VipsEngine(SymbolLookup library, Path watermarks) {
        vips = new Vips(library);
        Probe probe = new Probe(vips);
        reads = probe.reads(LOADERS);
        writes = probe.writes();
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
                Format format = formatOf(session, file);
                VipsImage source = open(session, file, format, "");
                Raster decoded = raster(stored(source));
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
    public List<Pixels> frames(Path file) {
        try (Session session = vips.session()) {
            Format format = formatOf(session, file);
            if (!MOVING.contains(format)) {
                return List.of(decode(file));
            }
            Source source = source(session, file, format);
            return decoding(file, () -> source.animation(source.size()).frames().stream().map(frame -> (Pixels) raster(frame)).toList());
        }
    }

    @Override
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        try (Session session = vips.session()) {
            Source source = source(session, original, format);
            Size size = source.size().within(masterSide);
            boolean moves = source.frames() > 1 && variants.stream().anyMatch(VariantSpec::animated);
            Animation master = decoding(original, () -> moves ? source.animation(Animation.bounded(size, source.frames())) : Animation.still(source.upright(size)));
            return encoding(() -> {
                Saver saver = new Saver(folder);
                VipsImage first = master.frames().getFirst();
                Rendition masterFile = moves ? saver.save(master, "master", MASTER_QUALITY)
                        : saver.save(first, "master", first.hasAlpha() ? Format.PNG : Format.JPEG, MASTER_QUALITY);
                List<Levels> levels = master.frames().stream().map(Levels::new).toList();
                List<Rendition> made = write(levels, master, variants, saver);
                Raster tiny = raster(levels.getFirst().at(first.size().within(TINY_SIDE)));
                return new Rendering(source.size().width(), source.size().height(), masterFile, made, Blurhash.encode(tiny), DominantColor.of(tiny));
            });
        }
    }

    @Override
    public List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder) {
        try (Session session = vips.session()) {
            Source source = source(session, original, format);
            VipsImage base = decoding(original, () -> source.upright(largest(source.size(), variants)));
            return encoding(() -> write(List.of(new Levels(base)), Animation.still(base), variants, new Saver(folder)));
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
                made.add(variant.animated() && levels.size() > 1 && format == Format.WEBP
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

    private VipsImage mark(Session session, Path file) {
        return srgb(open(session, file, formatOf(session, file), "").inMemory());
    }

    /** Decoded at half the size, a 4:2:0 JPEG has its colours as they are stored: at full size libjpeg interpolates them. */
    private Raster colours(Session session, Path file, Raster full) {
        return full.width() < 2 || full.height() < 2 ? full : raster(stored(open(session, file, Format.JPEG, "shrink=2")));
    }

    /** A file whose header was read. @param size upright, of one frame */
    private record Source(VipsEngine engine, Session session, Path file, Format format, VipsImage header, Size size) {
        int frames() {
            return MOVING.contains(format) ? session.integer(header, "n-pages", 1) : 1;
        }

        /** Its pixels at this size, decoded no larger than needed, as upright sRGB without metadata. */
        VipsImage upright(Size target) {
            Size wanted = target.upright(header.orientation());
            int shrink = format == Format.JPEG ? shrinkOnLoad(header.size(), wanted) : 1;
            return opaqueIfItIs(seen(shrink == 1 ? header : engine.open(session, file, format, "shrink=" + shrink), wanted));
        }

        /** All its frames, likewise. */
        Animation animation(Size target) {
            VipsImage strip = engine.open(session, file, format, "n=-1").inMemory();
            int[] delays = session.integers(strip, "delay");
            List<VipsImage> frames = IntStream.range(0, strip.height() / header.height())
                    .mapToObj(i -> seen(strip.cut(new Area(0, i * header.height(), header.size())), target)).toList();
            return new Animation(frames, delays.length == frames.size() ? delays : frames.stream().mapToInt(f -> FRAME_MS).toArray(),
                    session.integer(strip, "loop", 0));
        }

        private VipsImage seen(VipsImage pixels, Size wanted) {
            VipsImage reduced = to8Bit(pixels).resizedTo(wanted);
            return session.bare(srgb(reduced.orientation() == 1 ? reduced : reduced.inMemory().then("autorot", "")));
        }
    }

    private Source source(Session session, Path file, Format format) {
        VipsImage header = decoding(file, () -> open(session, file, format, ""));
        return new Source(this, session, file, format, header, header.size().upright(header.orientation()));
    }

    private VipsImage open(Session session, Path file, Format format, String more) {
        if (!reads.contains(format)) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "This installation does not read %s; send the image as JPEG or PNG."
                    .formatted(format.slug().toUpperCase(Locale.ROOT)));
        }
        if (!Files.isReadable(file)) {
            throw new Fault("The file %s is not there to be decoded; keep it until the rendering is done.".formatted(file.getFileName()));
        }
        if (format == Format.BMP) {
            return session.of(ImageIoReader.raster(file));
        }
        String options = "access=sequential,fail_on=error" + (more.isEmpty() ? "" : "," + more);
        VipsImage image = session.load(LOADERS.get(format), file, options);
        if (image.width() < 1 || image.height() < 1) {
            // some builds of libvips abort the process when such an image is used
            throw new VipsException("no pixels");
        }
        return image;
    }

    /** By libvips' own look at the first bytes; what it does not know can only be BMP. */
    private static Format formatOf(Session session, Path file) {
        return session.loaderOf(file).map(LOADER_CLASSES::get).orElse(Format.BMP);
    }

    /** 1, 2, 4 or 8: by how much the DCT may shrink an image while decoding so that it is no smaller than wanted. */
    private static int shrinkOnLoad(Size stored, Size wanted) {
        int most = Math.min(stored.width() / wanted.width(), stored.height() / wanted.height());
        return Integer.highestOneBit(Math.clamp(most, 1, 8));
    }

    private static VipsImage to8Bit(VipsImage image) {
        if (image.isRgb16()) {
            return image.then("colourspace", "space=srgb");
        }
        if (image.isGrey16()) {
            return image.then("colourspace", "space=b-w");
        }
        return image.isByte() ? image : image.then("colourspace", "space=srgb");
    }

    /** Three bands of 8-bit sRGB, and alpha where there is one. An embedded profile that is broken or misfitting is passed over. */
    private static VipsImage srgb(VipsImage any) {
        VipsImage image = to8Bit(any);
        if (image.hasProfile()) {
            try {
                return image.then("icc_transform", "output_profile=srgb,embedded=true,input_profile=cmyk,depth=8");
            } catch (VipsException e) {
                if (e.outOfRoom) {
                    throw e;
                }
            }
        }
        return withoutProfile(image);
    }

    /** RGB and grey with the values that are in the file; print colours converted. */
    private static VipsImage stored(VipsImage any) {
        return any.isCmyk() ? srgb(any) : withoutProfile(to8Bit(any));
    }

    private static VipsImage withoutProfile(VipsImage image) {
        VipsImage converted = image.isSrgb() ? image : image.then("colourspace", "space=srgb");
        return converted.bands() <= 4 ? converted : converted.then("extract_band", "band=0,n=3");
    }

    private static VipsImage opaqueIfItIs(VipsImage image) {
        if (!image.hasAlpha()) {
            return image;
        }
        VipsImage alpha = image.then("extract_band", "band=3");
        return image.session().measure("min", alpha) == 255 ? image.then("extract_band", "band=0,n=3") : image;
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
        return new Unavailable("No memory or disk space was left for an image; it is tried again. Lower safelight.engine.concurrency if this repeats.", e);
    }
}

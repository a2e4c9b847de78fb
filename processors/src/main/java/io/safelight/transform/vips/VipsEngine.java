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
import io.safelight.model.VariantSpec;
import io.safelight.transform.Blurhash;
import io.safelight.transform.DominantColor;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Size;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The engine on libvips. Decodes once; the master and every variant come from the same reduced pixels. */
public final class VipsEngine implements ImageEngine {
    private static final int MASTER_QUALITY = 92;
    /** Side of the rendition from which blurhash and dominant colour are taken. */
    private static final int TINY_SIDE = 64;
    /** In CSS pixels of 96 an inch, by a scale that at this resolution takes a pixel for a point. */
    private static final double POINT = 72.0 / 96;
    private static final Map<Format, String> LOADERS = Map.of(Format.JPEG, "jpegload", Format.PNG, "pngload",
            Format.WEBP, "webpload", Format.GIF, "gifload", Format.TIFF, "tiffload", Format.AVIF, "heifload", Format.HEIC, "heifload",
            Format.SVG, "svgload_source");
    /** Loaders by the names that libvips' sniffing answers with. The gain map of an Ultra HDR JPEG is left aside. */
    private static final Map<String, Format> LOADER_CLASSES = Map.of("VipsForeignLoadJpegFile", Format.JPEG,
            "VipsForeignLoadUhdrFile", Format.JPEG, "VipsForeignLoadPngFile", Format.PNG, "VipsForeignLoadWebpFile", Format.WEBP,
            "VipsForeignLoadNsgifFile", Format.GIF, "VipsForeignLoadTiffFile", Format.TIFF, "VipsForeignLoadHeifFile", Format.AVIF,
            "VipsForeignLoadSvgFile", Format.SVG);

    final Vips vips;
    private final Set<Format> reads;
    private final Set<Format> writes;

    /**
     * @param library that has libvips and GObject in it
     * @throws IllegalStateException where it has not, or is older than 8.14
     */
    public VipsEngine(SymbolLookup library) {
        vips = new Vips(library);
        Probe probe = new Probe(vips);
        reads = probe.reads(LOADERS);
        writes = probe.writes();
    }

    @Override
    public String name() {
        return "libvips";
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
                VipsImage source = open(session, file, format, 1);
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
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        try (Session session = vips.session()) {
            VipsImage header = decoding(original, () -> open(session, original, format, 1));
            Size full = new Size(header.width(), header.height());
            double shrink = switch (format) {
                case JPEG -> shrinkOnLoad(full, masterSide);
                case SVG -> Math.max(1, (double) Math.max(full.width(), full.height()) / masterSide);
                default -> 1;
            };
            VipsImage master = decoding(original, () -> {
                VipsImage source = shrink == 1 ? header : open(session, original, format, shrink);
                VipsImage reduced = resize(to8Bit(source), full.within(masterSide)).inMemory();
                return opaqueIfItIs(session.bare(srgb(upright(reduced))));
            });
            return encoding(() -> write(master, full.upright(header.orientation()), variants, folder));
        }
    }

    private Rendering write(VipsImage master, Size full, List<VariantSpec> variants, Path folder) {
        Format masterFormat = master.hasAlpha() ? Format.PNG : Format.JPEG;
        Rendition masterFile = save(master, "master", masterFormat, MASTER_QUALITY, folder);

        List<VipsImage> levels = new ArrayList<>(List.of(master));
        List<Rendition> made = new ArrayList<>();
        for (VariantSpec variant : variants.stream().sorted(Comparator.comparingInt(VariantSpec::width).reversed()).toList()) {
            VipsImage level = shrunk(levels, size(master).atWidth(variant.width()));
            for (Format format : formats(variant, master.hasAlpha())) {
                made.add(save(level, variant.name(), format, variant.quality(), folder));
            }
        }
        Raster tiny = raster(shrunk(levels, size(master).within(TINY_SIDE)));
        return new Rendering(full.width(), full.height(), masterFile, made, Blurhash.encode(tiny), DominantColor.of(tiny));
    }

    /** From the smallest level at least twice as wide, so that two resizes in a row do not soften; the result becomes a level. */
    private VipsImage shrunk(List<VipsImage> levels, Size target) {
        VipsImage source = levels.reversed().stream()
                .filter(level -> level.width() == target.width() || level.width() >= 2 * target.width())
                .findFirst().orElse(levels.getFirst());
        if (size(source).equals(target)) {
            return source;
        }
        VipsImage level = resize(source, target).inMemory();
        levels.add(level);
        return level;
    }

    // --- pixels in

    /** Decoded at half the size, a 4:2:0 JPEG has its colours as they are stored: at full size libjpeg interpolates them. */
    private Raster colours(Session session, Path file, Raster full) {
        return full.width() < 2 || full.height() < 2 ? full : raster(stored(open(session, file, Format.JPEG, 2)));
    }

    private VipsImage open(Session session, Path file, Format format, double shrink) {
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
        String options = "access=sequential,fail_on=error" + switch (format) {
            case JPEG -> shrink > 1 ? ",shrink=" + (int) shrink : "";
            case SVG -> ",dpi=96,scale=" + POINT / shrink;
            default -> "";
        };
        VipsImage image = format == Format.SVG ? session.loadBytes(LOADERS.get(format), file, options)
                : session.load(LOADERS.get(format), file, options);
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

    /** 1, 2, 4 or 8: by how much the DCT may shrink an image while decoding so that it is no smaller than the master and no side is lost. */
    private static int shrinkOnLoad(Size full, int masterSide) {
        int most = Math.min(Math.max(full.width(), full.height()) / masterSide, Math.min(full.width(), full.height()));
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

    private static VipsImage upright(VipsImage image) {
        return image.orientation() == 1 ? image : image.then("autorot", "");
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

    private static VipsImage flat(VipsImage image) {
        return image.hasAlpha() ? image.then("flatten", "background=255") : image;
    }

    private static VipsImage resize(VipsImage image, Size target) {
        if (size(image).equals(target)) {
            return image;
        }
        String scales = "scale=%s,vscale=%s".formatted((double) target.width() / image.width(), (double) target.height() / image.height());
        if (!image.hasAlpha()) {
            return image.then("resize", scales);
        }
        return image.then("premultiply", "").then("resize", scales).then("unpremultiply", "").then("cast", "format=uchar");
    }

    private static Size size(VipsImage image) {
        return new Size(image.width(), image.height());
    }

    private static Raster raster(VipsImage image) {
        return new Raster(image.width(), image.height(), image.session().pixels(flat(image)));
    }

    // --- files out

    private static Rendition save(VipsImage image, String name, Format format, int quality, Path folder) {
        Path file = folder.resolve(name + "." + format.extension());
        VipsImage pixels = format == Format.JPEG ? flat(image) : image;
        switch (format) {
            // Huffman optimisation would cost three times the CPU for 1 % of the bytes
            case JPEG -> image.session().save("jpegsave", pixels, file, "strip=true,Q=" + quality);
            case PNG -> image.session().save("pngsave", pixels, file, "strip=true");
            case WEBP -> image.session().save("webpsave", pixels, file, "strip=true,effort=2,Q=" + quality);
            case AVIF -> image.session().save("heifsave", pixels, file, "strip=true,compression=av1,effort=0,Q=" + avifQuality(quality));
            default -> throw new IllegalArgumentException("not written: " + format);
        }
        return new Rendition(name, format, image.width(), image.height(), file);
    }

    /** AVIF's scale is another one: at four fifths of the number it looks like JPEG does (docs/decisions/libvips-beside-thumbnailator.md). */
    private static int avifQuality(int quality) {
        return Math.max(1, quality * 4 / 5);
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

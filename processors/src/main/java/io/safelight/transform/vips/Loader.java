package io.safelight.transform.vips;

import io.safelight.decode.ExtraSamples;
import io.safelight.decode.ImageIoReader;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Size;
import io.safelight.transform.Limits;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Opens files, strictly: what is damaged or cut short is refused when its pixels are asked for. */
final class Loader {
    /** In CSS pixels of 96 an inch, by a scale that at this resolution takes a pixel for a point. */
    private static final double POINT = 72.0 / 96;
    static final Map<Format, String> LOADERS = Map.of(Format.JPEG, "jpegload", Format.PNG, "pngload",
            Format.WEBP, "webpload", Format.GIF, "gifload", Format.TIFF, "tiffload", Format.AVIF, "heifload", Format.HEIC, "heifload",
            Format.SVG, "svgload_source");
    /** Loaders by the names that libvips' sniffing answers with. The gain map of an Ultra HDR JPEG is left aside. */
    private static final Map<String, Format> LOADER_CLASSES = Map.of("VipsForeignLoadJpegFile", Format.JPEG,
            "VipsForeignLoadUhdrFile", Format.JPEG, "VipsForeignLoadPngFile", Format.PNG, "VipsForeignLoadWebpFile", Format.WEBP,
            "VipsForeignLoadNsgifFile", Format.GIF, "VipsForeignLoadTiffFile", Format.TIFF, "VipsForeignLoadHeifFile", Format.AVIF,
            "VipsForeignLoadSvgFile", Format.SVG);

    private final Set<Format> reads;
    private final Limits limits;

    /** @param reads what this libvips was found to read */
    Loader(Set<Format> reads, Limits limits) {
        this.reads = reads;
        this.limits = limits;
    }

    /** By libvips' own look at the first bytes; what it does not know can only be BMP. */
    static Format formatOf(Session session, Path file) {
        return session.loaderOf(file).map(LOADER_CLASSES::get).orElse(Format.BMP);
    }

    /** With its header read, and held against the limits. */
    Source source(Session session, Path file, Format format) {
        VipsImage header = whole(session, file, format, shrunk(format, 1));
        Source source = new Source(this, session, file, format, withoutSpares(header, file, format), header.size().upright(header.orientation()));
        limits.check(source.size(), header.bytes() * source.frames());
        return source;
    }

    VipsImage open(Session session, Path file, Format format) {
        return open(session, file, format, 1);
    }

    /** @param shrink by how much the decoder makes a JPEG (1, 2, 4 or 8) or a drawing smaller */
    VipsImage open(Session session, Path file, Format format, double shrink) {
        return open(session, file, format, shrunk(format, shrink));
    }

    private static String shrunk(Format format, double shrink) {
        return switch (format) {
            case JPEG -> shrink > 1 ? ",shrink=" + (int) shrink : "";
            case SVG -> ",dpi=96,scale=" + POINT / shrink;
            default -> "";
        };
    }

    /** All frames of an animation, below each other. */
    VipsImage openAll(Session session, Path file, Format format) {
        return open(session, file, format, ",n=-1");
    }

    private VipsImage open(Session session, Path file, Format format, String more) {
        return withoutSpares(whole(session, file, format, more), file, format);
    }

    private VipsImage whole(Session session, Path file, Format format, String more) {
        if (!reads.contains(format)) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "This installation does not read %s; send the image as JPEG or PNG."
                    .formatted(format.slug().toUpperCase(Locale.ROOT)));
        }
        if (!Files.isReadable(file)) {
            throw new Fault("The file %s is not there to be decoded; keep it until the rendering is done.".formatted(file.getFileName()));
        }
        if (format == Format.BMP) {
            BufferedImage read = ImageIoReader.read(file);
            return session.of(read.getWidth(), read.getHeight(), ImageIoReader.samples(read));
        }
        String options = "access=sequential,fail_on=error" + more;
        VipsImage image = format == Format.SVG ? session.loadBytes(LOADERS.get(format), file, options) : session.load(LOADERS.get(format), file, options);
        if (image.width() < 1 || image.height() < 1) {
            // some builds of libvips abort the process when such an image is used
            throw new VipsException("no pixels");
        }
        if (format == Format.TIFF && image.isDeep()) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "Samples of 32 bits are not read here; save the image with 8 or 16.");
        }
        return image;
    }

    /** With alpha as the one band beside the colours, if there is any: libvips takes the last band for it, whatever that is. */
    private static VipsImage withoutSpares(VipsImage image, Path file, Format format) {
        int colours = image.colours();
        if (format != Format.TIFF || image.bands() <= colours) {
            return image;
        }
        OptionalInt kind = ExtraSamples.kind(file);
        boolean alpha = kind.isPresent() ? kind.getAsInt() != ExtraSamples.UNSPECIFIED : image.bands() == colours + 1;
        int kept = alpha ? colours + 1 : colours;
        return image.bands() == kept ? image : image.then("extract_band", "band=0,n=" + kept);
    }

    /** By how much a decoder may shrink while it decodes so that the result is no smaller than wanted: a JPEG's DCT by 2, 4 or 8. */
    static double shrinkOnLoad(Format format, Size stored, Size wanted) {
        return switch (format) {
            case JPEG -> Integer.highestOneBit(Math.clamp(Math.min(stored.width() / wanted.width(), stored.height() / wanted.height()), 1, 8));
            case SVG -> Math.max(1, Math.max((double) stored.width() / wanted.width(), (double) stored.height() / wanted.height()));
            default -> 1;
        };
    }
}

package io.safelight.validate;

import io.safelight.model.Format;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Tells a format by the first bytes of a file, whatever its name or its sender says. */
final class Magic {
    private static final Set<String> AVIF_BRANDS = Set.of("avif", "avis");
    private static final Set<String> HEIC_BRANDS = Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs");
    private static final int MAX_BRANDS = 64;

    private Magic() {}

    static Optional<Format> of(Source in) {
        if (in.has(0, "\u00ff\u00d8\u00ff")) return Optional.of(Format.JPEG);
        if (in.has(0, Png.SIGNATURE)) return Optional.of(Format.PNG);
        if (in.has(0, "GIF87a") || in.has(0, "GIF89a")) return Optional.of(Format.GIF);
        if (in.has(0, "RIFF") && in.has(8, "WEBP")) return Optional.of(Format.WEBP);
        if (in.has(4, "ftyp")) return ofBrands(in);
        if (in.has(0, "II*\0") || in.has(0, "MM\0*") || in.has(0, "II+\0") || in.has(0, "MM\0+")) return Optional.of(Format.TIFF);
        if (in.has(0, "BM") && in.length() >= 6) return Optional.of(Format.BMP);
        return looksLikeSvg(in) ? Optional.of(Format.SVG) : Optional.empty();
    }

    /** The major brand decides where it can; {@code mif1} and {@code msf1} leave it to the compatible ones. */
    private static Optional<Format> ofBrands(Source in) {
        long end = Math.min(Math.min(in.u32(0, ByteOrder.BIG_ENDIAN), in.length()), 16 + 4L * MAX_BRANDS);
        for (long at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
            String brand = in.latin1(at, 4);
            if (AVIF_BRANDS.contains(brand)) return Optional.of(Format.AVIF);
            if (HEIC_BRANDS.contains(brand)) return Optional.of(Format.HEIC);
        }
        return Optional.empty();
    }

    private static boolean looksLikeSvg(Source in) {
        String head = in.latin1(0, 1024).toLowerCase(Locale.ROOT);
        String text = (head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3) : head).stripLeading();
        return text.startsWith("<svg") || (text.startsWith("<?xml") || text.startsWith("<!")) && text.contains("<svg");
    }
}

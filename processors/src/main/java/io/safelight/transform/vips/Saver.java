package io.safelight.transform.vips;

import io.safelight.model.Format;
import io.safelight.model.op.Colour;
import io.safelight.transform.ImageEngine.Rendition;
import java.nio.file.Path;

/** Writes pictures to files. What was measured to choose the options: docs/decisions/libvips-beside-thumbnailator.md. */
final class Saver {
    private final Path folder;

    Saver(Path folder) {
        this.folder = folder;
    }

    Rendition save(VipsImage image, String name, Format format, int quality) {
        Path file = folder.resolve(name + "." + format.extension());
        VipsImage pixels = format == Format.JPEG ? image.flat(Colour.WHITE) : image;
        switch (format) {
            // Huffman optimisation would cost three times the CPU for 1 % of the bytes
            case JPEG -> image.session().save("jpegsave", pixels, file, "strip=true,Q=" + quality);
            case PNG -> image.session().save("pngsave", pixels, file, "strip=true");
            case WEBP -> image.session().save("webpsave", pixels, file, "strip=true,effort=2,Q=" + quality);
            case AVIF -> image.session().save("heifsave", pixels, file, "strip=true,compression=av1,effort=1,Q=" + avifQuality(quality));
            default -> throw new IllegalArgumentException("not written: " + format);
        }
        return new Rendition(name, format, image.width(), image.height(), file);
    }

    /** As WebP, the one format written here that moves. */
    Rendition save(Animation animation, String name, int quality) {
        Path file = folder.resolve(name + "." + Format.WEBP.extension());
        VipsImage first = animation.frames().getFirst();
        first.session().save("webpsave", animation.strip(), file, "strip=true,effort=2,page_height=%d,Q=%d".formatted(first.height(), quality));
        return new Rendition(name, Format.WEBP, first.width(), first.height(), file);
    }

    /** AVIF's scale is another one: at four fifths of the number it looks like JPEG does. */
    private static int avifQuality(int quality) {
        return Math.max(1, quality * 4 / 5);
    }
}

package io.safelight.transform;

import io.safelight.decode.Decoder;
import io.safelight.model.Format;
import io.safelight.model.Perceptual;
import io.safelight.model.VariantSpec;
import java.nio.file.Path;
import java.util.List;

/** Makes every rendition of an image from one decode. Two implementations: libvips, and Thumbnailator where libvips is absent. */
public interface ImageEngine extends Decoder, Abilities {
    /** Of how the operations are done here: one more with each change that shows, so that what was made before is not taken for the same. */
    int REVISION = 3;

    /** Of the library in use. */
    String version();

    /**
     * @param original a validated file
     * @param format   what its magic bytes say
     * @param masterSide longest side of the master in pixels; never enlarged
     * @param variants sizes to make, all made from the master; see {@link #formats}
     * @param folder   empty, existing; the files are written here
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short
     */
    Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder);

    /**
     * Renditions alone, of a file that is a master already or of an original. Those of an animation move where their variant is animated, as in {@link #render}.
     *
     * @param original a validated file
     * @param folder   empty, existing; the files are written here
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short
     */
    List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder);

    /** What this engine makes of a variant: the formats asked for that it writes, or else JPEG, PNG where there is alpha, so that every size exists. */
    default List<Format> formats(VariantSpec variant, boolean alpha) {
        List<Format> possible = variant.formats().stream().filter(writes()::contains).toList();
        return possible.isEmpty() ? List.of(alpha ? Format.PNG : Format.JPEG) : possible;
    }

    /**
     * @param width  of the upright original in pixels
     * @param master upright, stripped, sRGB: PNG where it has alpha, else JPEG
     * @param pdq    of what an animation shows first
     */
    record Rendering(int width, int height, Rendition master, List<Rendition> variants, String blurhash, String dominantColor, Perceptual pdq) {}

    /** A file that was made. @param name the variant's, or {@code master} */
    record Rendition(String name, Format format, int width, int height, Path file) {}
}

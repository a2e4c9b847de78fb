package io.safelight.decode;

import java.nio.file.Path;
import java.util.List;

/** Reads the pixels of a validated file for a model to look at (docs/decisions/pixels-the-model-sees.md). Safe for use by several threads. */
public interface Decoder {
    /**
     * Full size, orientation applied, alpha flattened on white. The RGB values are those that are stored, whatever a profile says
     * of them, and those of a JPEG are as {@link ReferenceJpeg} has them; print colours are converted to sRGB.
     *
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short (decoding is strict)
     */
    Pixels decode(Path file);

    /**
     * Every frame of an animation, by its profile and smaller where all together would be too large; of a still picture the one that
     * {@link #decode} gives.
     *
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short
     */
    default List<Pixels> frames(Path file) {
        return List.of(decode(file));
    }
}

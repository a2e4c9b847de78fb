package io.safelight.decode;

import java.nio.file.Path;

/** Reads the pixels of a validated file. Safe for use by several threads. */
public interface Decoder {
    /**
     * Full size, orientation applied, converted to sRGB, alpha flattened on white.
     *
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short (decoding is strict)
     */
    Raster decode(Path file);
}

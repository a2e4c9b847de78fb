package io.safelight.decode;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Reads the pixels that models look at (docs/decisions/pixels-the-model-sees.md), in this process. */
public interface PixelDecoder extends Decoder {
    /**
     * Full size, orientation applied, alpha flattened on white. The RGB values are those that are stored, whatever a profile says
     * of them, and those of a JPEG are as {@link ReferenceJpeg} has them; print colours are converted to sRGB.
     *
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short (decoding is strict)
     */
    Pixels decode(Path file);

    /**
     * Every frame of an animation, one after the other, by its profile and smaller where all together would be too large; of a still
     * picture the one that {@link #decode} gives.
     *
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short, {@code unsupported-type} where it has
     *                                     frames that are not read here
     */
    void frames(Path file, Consumer<Pixels> each);

    @Override
    default void planes(Path file, List<ModelInput> inputs, Consumer<List<float[]>> each) {
        frames(file, frame -> each.accept(inputs.stream().map(input -> input.of(frame)).toList()));
    }
}

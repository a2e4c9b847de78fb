package io.safelight.decode;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Makes models' inputs of validated files. Safe for use by several threads. */
@FunctionalInterface
public interface Decoder {
    /**
     * One decode for all the models that look at a picture.
     *
     * @param each hears of each frame in turn, a still picture having one: for each of the inputs its floats. It may keep the decoder
     *             waiting, and may hear of a frame again where a decoder was lost
     * @throws io.safelight.error.Rejected {@code broken-image} where the file is damaged or cut short (decoding is strict),
     *                                     {@code unsupported-type} where it cannot be read here, or has frames that are not
     */
    void planes(Path file, List<ModelInput> inputs, Consumer<List<float[]>> each);
}

package io.safelight.model.op;

import java.util.Map;
import java.util.stream.Collectors;

/** One step of a {@link Chain}. Its text, {@code name:parameter=value,…}, reads back as the same step. */
public sealed interface Op permits Resize, Crop, Rotate, Flip, Watermark, Filter, Background, Trim {
    OpKind kind();

    /** What differs from the default, in the order of the reference. */
    Map<String, String> parameters();

    /** Whether what it cuts away depends on what is seen, and not on the size alone. */
    default boolean looksAtPixels() {
        return this instanceof Trim || this instanceof Crop crop && crop.gravity() == Gravity.ATTENTION
                || this instanceof Resize resize && resize.gravity() == Gravity.ATTENTION;
    }

    default String text() {
        return kind().slug() + parameters().entrySet().stream().map(p -> p.getKey() + "=" + Chain.escaped(p.getValue()))
                .collect(Collectors.joining(",", parameters().isEmpty() ? "" : ":", ""));
    }
}

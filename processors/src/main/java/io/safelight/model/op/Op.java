package io.safelight.model.op;

import java.util.Map;
import java.util.stream.Collectors;

/** One step of a {@link Chain}. Its text, {@code name:parameter=value,…}, reads back as the same step. */
public sealed interface Op permits Resize, Crop, Rotate, Flip, Watermark, Filter, Background, Trim {
    OpKind kind();

    /** What differs from the default, in the order of the reference. */
    Map<String, String> parameters();

    default String text() {
        return kind().slug() + parameters().entrySet().stream().map(p -> p.getKey() + "=" + Chain.escaped(p.getValue()))
                .collect(Collectors.joining(",", parameters().isEmpty() ? "" : ":", ""));
    }
}

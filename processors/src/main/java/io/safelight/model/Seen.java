package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;

/**
 * What one model saw.
 *
 * @param model  {@code name@version}
 * @param labels label → probability 0..1, in the model's order
 * @param shadow whether it only looks on, and decides nothing
 */
public record Seen(String model, Map<String, Double> labels, @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean shadow) {
    /** Without the version. */
    public static String name(String model) {
        int at = model.lastIndexOf('@');
        return at < 0 ? model : model.substring(0, at);
    }
}

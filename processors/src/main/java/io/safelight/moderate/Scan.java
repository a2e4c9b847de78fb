package io.safelight.moderate;

import java.util.Map;

/**
 * What a model saw.
 *
 * @param model  {@code name@version}
 * @param labels label → probability 0..1, in the model's order
 */
public record Scan(String model, Map<String, Double> labels) {}

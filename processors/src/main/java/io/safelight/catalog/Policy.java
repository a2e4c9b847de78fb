package io.safelight.catalog;

import io.safelight.model.Decision;
import java.util.Map;

/** What the labels' probabilities mean for publishing. */
@FunctionalInterface
public interface Policy {
    Decision decide(Map<String, Double> labels);
}

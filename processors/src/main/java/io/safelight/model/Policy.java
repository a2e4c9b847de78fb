package io.safelight.model;

import java.util.Map;

/** What the evidence means for publishing. */
@FunctionalInterface
public interface Policy {
    Decision decide(Evidence evidence);

    /** The banks there are, each with the most bits in which a picture's hash may differ from one in it and still be the same picture. */
    default Map<String, Integer> banks() {
        return Map.of();
    }
}

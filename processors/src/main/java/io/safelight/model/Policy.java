package io.safelight.model;

import io.safelight.model.Decision.Verdict;
import java.util.Map;

/** What the evidence means for publishing. */
@FunctionalInterface
public interface Policy {
    Decision decide(Evidence evidence);

    /** Asked of an image that a person has decided, or that no model has looked at: what its picture being known means, and nothing else. */
    default Decision decideByBanks(Evidence evidence) {
        return evidence.banks().isEmpty() ? new Decision(Verdict.CLEAR, "No rule held.") : decide(evidence);
    }

    /** Whether what it decides may depend on whose the image is. */
    default boolean asksForAccounts() {
        return false;
    }

    /** The banks there are, each with the most bits in which a picture's hash may differ from one in it and still be the same picture. */
    default Map<String, Integer> banks() {
        return Map.of();
    }
}

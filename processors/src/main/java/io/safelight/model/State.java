package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Where an image stands. Never set by hand: {@link #derive} computes it from the facts, whatever order they came in.
 */
public enum State {
    RECEIVED, ACCEPTED, RENDERED, SCANNED, PUBLISHED, REJECTED, REVIEW, BLOCKED, WITHDRAWN, FAILED;

    @JsonValue
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What is known of an image; {@code verdict} is null until policy has spoken. */
    public record Facts(boolean accepted, boolean rendered, boolean scanned, boolean rejected, boolean failed,
                        boolean published, boolean withdrawn, Decision.Verdict verdict) {}

    /** The one table: the first line that holds is the state. */
    public static State derive(Facts f) {
        if (f.withdrawn()) return WITHDRAWN;
        if (f.rejected()) return REJECTED;
        if (f.verdict() == Decision.Verdict.BLOCK) return BLOCKED;
        if (f.published()) return PUBLISHED;
        if (f.failed()) return FAILED;
        if (f.rendered() && f.scanned()) return f.verdict() == Decision.Verdict.REVIEW ? REVIEW : SCANNED;
        if (f.rendered()) return RENDERED;
        if (f.accepted()) return ACCEPTED;
        return RECEIVED;
    }
}

package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;

/**
 * What policy, or a person, makes of the evidence.
 *
 * @param rule    the rule that spoke; null where none did
 * @param reason  a sentence
 * @param risk    0 to 1, the larger the sooner a person should look
 * @param shadows what rules in shadow would have done had they counted
 */
public record Decision(Verdict verdict, String rule, String reason, double risk, List<Shadow> shadows) {
    public enum Verdict {
        CLEAR, REVIEW, BLOCK;

        @JsonValue
        public String slug() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Verdict of(String slug) {
            return valueOf(slug.toUpperCase(Locale.ROOT));
        }
    }

    public record Shadow(String rule, Verdict verdict, String reason) {}

    public Decision {
        shadows = List.copyOf(shadows);
    }

    /** Where no rule spoke. */
    public Decision(Verdict verdict, String reason) {
        this(verdict, null, reason, 0, List.of());
    }

    public Decision withShadows(List<Shadow> shadows) {
        return new Decision(verdict, rule, reason, risk, shadows);
    }
}

package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What policy makes of the evidence. @param reason a sentence naming the rule that spoke */
public record Decision(Verdict verdict, String reason) {
    public enum Verdict {
        CLEAR, REVIEW, BLOCK;

        @JsonValue
        public String slug() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

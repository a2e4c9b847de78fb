package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonValue;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What metadata can do about a {@link Discrepancy}. Each may be done twice, and looks under the image's lock whether it is still called for. */
public enum Remedy {
    /** Decide again, and bring the public bucket in line; where a variant is nowhere, make it anew. */
    DECIDE,
    /** Announce the original again, so that master and variants are made anew. */
    RENEW,
    /** Announce an original that no row knows, after another look at its header. */
    ADOPT,
    /** Publish the last event of an image that stands still again. */
    NUDGE,
    /** Delete what is public beside the variants of the row. */
    TRIM,
    /** Take down what nobody knows; a copy of it is kept where no one is given it. */
    DISCARD,
    /** Leave a tombstone of a withdrawn image and nothing else. */
    ERASE,
    /** Withdraw what the public bucket says was withdrawn. */
    WITHDRAW,
    /** Reject what cannot be made any more. */
    REJECT;

    @JsonValue
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws Rejected {@code bad-parameter} for any other name */
    public static Remedy of(String slug) {
        return Arrays.stream(values()).filter(r -> r.slug().equals(slug)).findFirst().orElseThrow(() -> new Rejected(Code.BAD_PARAMETER,
                "remedy is one of: %s.".formatted(Arrays.stream(values()).map(Remedy::slug).collect(Collectors.joining(", ")))));
    }
}

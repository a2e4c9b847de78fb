package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonValue;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Where object store and database disagree about an image.
 *
 * @param what   is wrong, for a person
 * @param remedy null where mending can do nothing
 */
public record Discrepancy(UUID id, Kind kind, String what, Remedy remedy) {

    /** The gravest first. The slugs are stable. */
    public enum Kind {
        /** Something is public that nobody cleared. Always told beside what it comes of. */
        LEAKED,
        /** What the manifest says is not what was decided. */
        MANIFEST_DISAGREES,
        /** A row needs an object that is not there. */
        ROW_WITHOUT_OBJECT,
        /** Objects of an id that no row has heard of. */
        OBJECT_WITHOUT_ROW,
        /** Objects that nothing will ask for, where they may not be. */
        EXTRA_OBJECT,
        /** No progress. */
        STUCK;

        @JsonValue
        public String slug() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** @throws Rejected {@code bad-parameter} for any other name */
        public static Kind of(String slug) {
            return Arrays.stream(values()).filter(k -> k.slug().equals(slug)).findFirst().orElseThrow(() -> new Rejected(Code.BAD_PARAMETER,
                    "kind is one of: %s.".formatted(Arrays.stream(values()).map(Kind::slug).collect(Collectors.joining(", ")))));
        }
    }
}

package io.safelight.catalog;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/** The last row of a page, by which the next one begins; clients see it as opaque text. */
record Cursor(Instant at, String id) {

    String encode() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((at + " " + id).getBytes(StandardCharsets.UTF_8));
    }

    static Cursor decode(String text) {
        try {
            String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(" ", 2);
            Instant at = Instant.parse(parts[0]);
            if (parts.length == 2 && at.isAfter(Instant.EPOCH) && at.isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
                return new Cursor(at, parts[1]);
            }
        } catch (IllegalArgumentException | DateTimeException e) {
            // answered below
        }
        throw bad();
    }

    /** The id of an image's row. */
    UUID uuid() {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw bad();
        }
    }

    /** The number of a row. */
    long number() {
        try {
            return Long.parseLong(id);
        } catch (NumberFormatException e) {
            throw bad();
        }
    }

    private static Rejected bad() {
        return new Rejected(Code.BAD_PARAMETER, "The cursor is not one that this listing answered. Begin again without it.");
    }
}

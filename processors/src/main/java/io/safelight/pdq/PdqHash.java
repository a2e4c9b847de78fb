package io.safelight.pdq;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.safelight.error.Code;
import io.safelight.error.Rejected;

/**
 * What a picture looks like, in 256 bits: as text 64 hexadecimal digits, in the order in which the reference
 * implementation prints them. Of unrelated pictures about 128 bits differ; up to 31 is what is usually taken for the same picture.
 */
public record PdqHash(long first, long second, long third, long fourth) {
    private static final int DIGITS = 64;
    private static final int DIGITS_A_WORD = 16;
    private static final int MOST_SHOWN = 80;

    /** @throws Rejected {@code bad-parameter} where it is not 64 hexadecimal digits, large or small */
    @JsonCreator
    public static PdqHash parse(String text) {
        if (text == null || text.length() != DIGITS || !text.chars().allMatch(PdqHash::isDigit)) {
            throw new Rejected(Code.BAD_PARAMETER, "'%s' is not a PDQ hash: write 64 hexadecimal digits (0-9, a-f).".formatted(shown(text)));
        }
        return new PdqHash(word(text, 0), word(text, 1), word(text, 2), word(text, 3));
    }

    /** In how many of the 256 bits they differ. */
    public int distance(PdqHash other) {
        return Long.bitCount(first ^ other.first) + Long.bitCount(second ^ other.second)
                + Long.bitCount(third ^ other.third) + Long.bitCount(fourth ^ other.fourth);
    }

    @JsonValue
    @Override
    public String toString() {
        return "%016x%016x%016x%016x".formatted(first, second, third, fourth);
    }

    private static long word(String text, int index) {
        return Long.parseUnsignedLong(text, index * DIGITS_A_WORD, (index + 1) * DIGITS_A_WORD, 16);
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }

    private static String shown(String text) {
        return text == null || text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
    }
}

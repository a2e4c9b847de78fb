package io.safelight.pdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Json;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PdqHashTest {
    private static final String TEXT = "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22";

    @Test
    void isWrittenAsItWasRead() throws Exception {
        PdqHash hash = PdqHash.parse(TEXT);

        assertEquals(TEXT, hash.toString());
        assertEquals(hash, PdqHash.parse(TEXT.toUpperCase(Locale.ROOT)));
        assertEquals("\"" + TEXT + "\"", Json.MAPPER.writeValueAsString(hash));
        assertEquals(hash, Json.MAPPER.readValue("\"" + TEXT + "\"", PdqHash.class));
    }

    @Test
    void distanceCountsTheBitsOfAllFourWords() {
        PdqHash hash = PdqHash.parse(TEXT);

        assertEquals(0, hash.distance(PdqHash.parse(TEXT)));
        assertEquals(256, hash.distance(new PdqHash(~hash.first(), ~hash.second(), ~hash.third(), ~hash.fourth())));
        assertEquals(10, hash.distance(new PdqHash(hash.first() ^ 1, hash.second() ^ 3, hash.third() ^ 7, hash.fourth() ^ 15)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b2", "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b222",
            "g8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22", "-8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22"})
    void whatIsNoHashIsRefusedAndTheSentenceSaysWhatToWrite(String text) {
        Rejected refusal = assertThrows(Rejected.class, () -> PdqHash.parse(text));

        assertEquals(Code.BAD_PARAMETER, refusal.code());
        assertEquals("'%s' is not a PDQ hash: write 64 hexadecimal digits (0-9, a-f).".formatted(text), refusal.getMessage());
    }

    @Test
    void aRefusalDoesNotRepeatAllOfALongText() {
        assertTrue(assertThrows(Rejected.class, () -> PdqHash.parse("x".repeat(100_000))).getMessage().length() < 200);
    }
}

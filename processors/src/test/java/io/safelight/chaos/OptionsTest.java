package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.model.Json;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The command line of chaos, and what it stands for when a run is gone on with. */
class OptionsTest {
    @Test
    void aWrongCommandLineIsRefusedWithWordsThatHelp() {
        assertTrue(refusal("--seed", "x").contains("wants a number"));
        assertTrue(refusal("--scenario", "flood").contains("full-disk"));
        assertTrue(refusal("--resume").contains("--seed"));
        assertTrue(refusal("--embedded", "--scenario", "still").contains("--scenario"));
        assertTrue(refusal("--quickly").contains("--uploads N"));
        assertTrue(refusal("--seed", "7", "--resume", "--kills", "9", "--uploads", "2").contains("leave --kills, --uploads out"));
    }

    private static String refusal(String... args) {
        return assertThrows(Options.Refused.class, () -> Options.parse(args)).getMessage();
    }

    @Test
    void aRunIsGoneOnWithAsItBegan() throws JsonProcessingException {
        Options begun = Options.parse("--seed", "42", "--kills", "50", "--uploads", "2000");
        assertEquals(new Options(42, 50, 2_000, Options.MIXED, false, true), Json.MAPPER.readValue(Json.MAPPER.writeValueAsString(begun), Options.class).resumed());
        assertThrows(Options.Refused.class, Options.parse("--scenario", "each")::resumed);
    }

    @Test
    void aFewPicturesAreLargerThanASocketHoldsAndAllAreDifferent() {
        Pictures pictures = Options.parse("--seed", "7").pictures();
        int[] large = IntStream.range(0, 2_000).filter(pictures::isLarge).toArray();
        assertTrue(large.length > 10 && large.length < 100, large.length + " of 2000");
        byte[] one = pictures.bytes(large[0]);
        assertTrue(one.length > 900_000 && one.length < 3_500_000, one.length + " bytes");
        assertEquals(one.length, pictures.bytes(large[0]).length, "from the seed alone");
        assertFalse(Arrays.equals(one, pictures.bytes(large[1])));
        assertEquals(0, IntStream.range(0, 2_000).filter(Options.parse("--scenario", "poison").pictures()::isLarge).count(), "where latency is measured there are none");
    }
}

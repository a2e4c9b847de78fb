package io.safelight.pdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.pdq.HashList.Entry;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HashListTest {
    private static final String ONE = "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22";
    private static final String OTHER = "b0a10efd71cc3f429413d48d0ffffe12e34e0e17ada952a9d29684210aa9e5af";

    private static List<Entry> read(String text) throws IOException {
        List<Entry> entries = new ArrayList<>();
        HashList.read(new StringReader(text), 10, entries::add);
        return entries;
    }

    private static Entry entry(String hash, Integer quality, String note) {
        return new Entry(PdqHash.parse(hash), quality, note);
    }

    private static Rejected refusal(String text) {
        return assertThrows(Rejected.class, () -> read(text));
    }

    @Test
    void readsEveryFormThatIsInUse() throws IOException {
        assertEquals(List.of(entry(ONE, null, ""), entry(OTHER, 97, "bridge, at night.jpg"), entry(ONE, 0, ""), entry(OTHER, null, "case 17, twice"),
                        entry(ONE, null, "no quality"), entry(OTHER, null, "tab"), entry(ONE, null, "last")),
                read("\ufeff# bank of the shop\r\n\r\n   \nHash,Quality,Filename\n" + ONE.toUpperCase() + "\r\n" + OTHER + ",97,bridge, at night.jpg\n" + ONE + ",0\n  " + OTHER
                        + " case 17, twice  \n" + ONE + ",, no quality\n" + OTHER + "\ttab\n" + ONE + " last"));
    }

    @Test
    void nothingIsAnEmptyList() throws IOException {
        assertEquals(List.of(), read(""));
        assertEquals(List.of(), read("# nothing yet"));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        List<Entry> entries = List.of(entry(ONE, null, ""), entry(OTHER, 100, ""), entry(ONE, 3, "a, b"), entry(OTHER, null, "12, # c"), entry(ONE, null, ", d"));
        StringBuilder text = new StringBuilder();

        HashList.write(entries.iterator(), text);

        assertEquals(entries, read(text.toString()));
    }

    @ParameterizedTest
    @ValueSource(ints = {934, 935})
    void aNoteThatIsTooLongForItsLineIsCutBetweenCharacters(int letters) throws IOException {
        StringBuilder text = new StringBuilder();

        HashList.write(List.of(entry(ONE, null, "a".repeat(letters) + "\ud83d\ude00 and more"), entry(OTHER, null, "next")).iterator(), text);

        assertEquals(List.of(entry(ONE, null, "a".repeat(letters)), entry(OTHER, null, "next")), read(text.toString()));
    }

    @Test
    void aNoteStaysInItsLine() throws IOException {
        StringBuilder text = new StringBuilder();

        HashList.write(List.of(entry(ONE, 3, "a\n" + OTHER + "\r\u0000\u2028b")).iterator(), text);

        assertEquals(List.of(entry(ONE, 3, "a " + OTHER + " b")), read(text.toString()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            abc                                                                | 'abc' is not a PDQ hash: write 64 hexadecimal digits (0-9, a-f).
            hash: f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22 | 'hash:' is not a PDQ hash: write 64 hexadecimal digits (0-9, a-f).
            f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22;90 | 'f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22;90' is not a PDQ hash
            f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22,101 | '101' is not a quality: write a whole number from 0 to 100
            f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22,good | 'good' is not a quality: write a whole number from 0 to 100
            """)
    void aLineThatCannotBeReadIsNamedWithWhatToWrite(String line, String sentence) {
        Rejected refusal = refusal("# a list\n" + ONE + "\n" + line + "\n");

        assertEquals(Code.MALFORMED_REQUEST, refusal.code());
        assertTrue(refusal.getMessage().startsWith("Line 3: " + sentence), refusal.getMessage());
    }

    @Test
    void aHeadingIsNoHeadingFurtherDown() {
        assertTrue(refusal(ONE + "\nhash,quality\n").getMessage().startsWith("Line 2: 'hash' is not a PDQ hash"));
    }

    @Test
    void anEndlessLineIsRefusedBeforeItFillsTheMemory() {
        Reader endless = new Reader() {
            @Override
            public int read(char[] into, int from, int length) {
                Arrays.fill(into, from, from + length, 'f');
                return length;
            }

            @Override
            public void close() {}
        };

        Rejected refusal = assertThrows(Rejected.class, () -> HashList.read(endless, 10, entry -> {}));

        assertEquals("Line 1: it has more than 1,000 characters: write one hash a line, and a shorter note.", refusal.getMessage());
    }

    @Test
    void moreHashesThanAreWantedAreRefused() throws IOException {
        assertEquals(10, read((ONE + "\n").repeat(10) + "# end\n").size());

        Rejected refusal = refusal((ONE + "\n").repeat(11));

        assertEquals(Code.TOO_LARGE, refusal.code());
        assertEquals("Line 11: this is more than 10 hashes; send the list in several parts.", refusal.getMessage());
    }
}

package io.safelight.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @CsvSource({"holiday.jpg,holiday.jpg", "../../etc/passwd,passwd", "C:\\Users\\me\\cat.png,cat.png", "C:cat.png,cat.png",
            "a/b\\c.gif,c.gif", "' padded .jpg ','padded .jpg'", ".htaccess,.htaccess"})
    void keepsOnlyTheLastPart(String given, String shown) {
        assertEquals(shown, Names.clean(given));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "..", ".", "a/", "../", "\0\n", "\u202e", "C:"})
    void callsTheNamelessUnnamed(String given) {
        assertEquals("unnamed", Names.clean(given));
    }

    @Test
    void dropsWhatCannotBeSeenOrTurnsTheText() {
        assertEquals("photogpj.exe", Names.clean("photo\u202egpj.exe"));
        assertEquals("ab.jpg", Names.clean("a\u2066\u200f\ufeff\u0000\u001b\ud800b.jpg"));
    }

    @Test
    void composesLettersAndKeepsJoinedEmoji() {
        assertEquals("caf\u00e9.jpg", Names.clean("cafe\u0301.jpg"));
        assertEquals("\ud83d\udc68\u200d\ud83d\udc67.jpg", Names.clean("\ud83d\udc68\u200d\ud83d\udc67.jpg"));
    }

    @Test
    void cutsLongNamesBetweenCharacters() {
        assertEquals(200, Names.clean("a".repeat(500)).length());
        String emoji = Names.clean("a".repeat(199) + "\ud83d\udc68".repeat(10));
        assertTrue(emoji.length() <= 200 && !Character.isHighSurrogate(emoji.charAt(emoji.length() - 1)));
    }
}

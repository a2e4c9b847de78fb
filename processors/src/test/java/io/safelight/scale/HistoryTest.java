package io.safelight.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    private static final double EXACT = 1e-6;

    @TempDir
    Path folder;

    @Test
    void stepsThatNobodyWatchedAreNotCountedAsNone() {
        History history = of(4, Double.NaN, 8, 6);
        assertEquals(6, history.mean(0, 4), EXACT);
        assertEquals(Double.NaN, history.rate(1));
        assertEquals(4, history.mean(0, 2), EXACT);
    }

    @Test
    void aStretchThatIsMostlyUnknownHasNoMean() {
        assertEquals(Double.NaN, of(4, Double.NaN, Double.NaN).mean(0, 3));
    }

    @Test
    void whatHasNotComeYetHasNoMean() {
        assertEquals(Double.NaN, of(1, 2).mean(1, 3));
        assertEquals(Double.NaN, of(1, 2).mean(-1, 1));
    }

    @Test
    void forgetsTheOldestAndStaysExact() {
        History history = new History();
        for (int i = 0; i < 140_000; i++) {
            history.add(i % 100);
        }
        assertTrue(history.first() > 0);
        assertEquals(Double.NaN, history.rate(history.first() - 1));
        assertEquals(history.first() % 100, history.rate(history.first()), EXACT);
        assertEquals(99, history.rate(139_999), EXACT);
        assertEquals(49.5, history.mean(139_900, 140_000), EXACT);
    }

    @Test
    void isTheSameAfterARestart() {
        Path file = folder.resolve("a/processing.history");
        HistoryFile.write(file, of(1.5, Double.NaN, 2.25), 99);
        HistoryFile.write(file, of(1.5, Double.NaN, 2.25, 3), 100);
        HistoryFile.Rates read = HistoryFile.read(file);
        assertEquals(100, read.last());
        assertArrayEquals(new float[] {1.5f, Float.NaN, 2.25f, 3}, read.rates());
    }

    @Test
    void noFileIsNoHistory() {
        assertEquals(0, HistoryFile.read(folder.resolve("none")).rates().length);
    }

    @Test
    void aFileOfSomethingElseIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("h"), "something else entirely");
        assertTrue(assertThrows(Fault.class, () -> HistoryFile.read(file)).getMessage().contains(file.toString()));
        Path cut = Files.write(folder.resolve("cut"), new byte[] {0x53, 0x4C, 0x48, 0x31, 0});
        assertThrows(Fault.class, () -> HistoryFile.read(cut));
    }

    static History of(double... rates) {
        History history = new History();
        for (double rate : rates) {
            history.add(rate);
        }
        return history;
    }
}

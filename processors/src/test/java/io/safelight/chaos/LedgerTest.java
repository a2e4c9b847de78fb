package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.chaos.Ledger.Entry;
import io.safelight.chaos.Ledger.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run that was killed leaves behind is what the one that goes on with it knows. */
class LedgerTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("ledger.jsonl");
    }

    private static Entry entry(Kind kind, int number) {
        return new Entry(kind, number, "id-" + number, NOW, NOW.plusSeconds(1));
    }

    private void written(Options options) throws IOException {
        try (Ledger ledger = new Ledger(file())) {
            ledger.begin(options);
            ledger.acknowledged(entry(Kind.GOOD, 7));
            ledger.acknowledged(entry(Kind.POISON, 0));
            ledger.over(new Fault(Fault.Kind.KILL, List.of("one", "two"), Duration.ZERO, false));
        }
    }

    @Test
    void allOfItIsThereAgain() throws IOException {
        Options options = Options.parse("--seed", "42", "--kills", "50", "--uploads", "2000");
        written(options);
        try (Ledger ledger = new Ledger(file())) {
            assertEquals(Optional.of(options), ledger.run());
            assertEquals(List.of(entry(Kind.GOOD, 7)), List.copyOf(ledger.uploads().values()));
            assertEquals(List.of(entry(Kind.POISON, 0)), List.copyOf(ledger.poison().values()));
            assertEquals(List.of(1, 2), List.of(ledger.faults(), ledger.kills()));
            assertTrue(ledger.wasHurt(Instant.EPOCH, Instant.now()));
            assertFalse(ledger.wasHurt(Instant.EPOCH, NOW.minusSeconds(1_000_000_000)));
        }
    }

    @Test
    void halfALineIsDroppedAndWhatIsWrittenNextStandsInALineOfItsOwn() throws IOException {
        written(Options.parse("--seed", "42"));
        Files.writeString(file(), "{\"entry\":{\"kind\":\"GOOD\",\"num", StandardOpenOption.APPEND);
        try (Ledger ledger = new Ledger(file())) {
            assertEquals(1, ledger.uploads().size());
            ledger.acknowledged(entry(Kind.GOOD, 8));
        }
        try (Ledger ledger = new Ledger(file())) {
            assertEquals(List.of(7, 8), List.copyOf(ledger.uploads().keySet()));
        }
    }

    @Test
    void aNewOneIsOfNoRun() throws IOException {
        try (Ledger ledger = new Ledger(file())) {
            assertEquals(Optional.empty(), ledger.run());
        }
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogEntryTest {
    private static final LocalDateTime TIME = LocalDateTime.now().minusMinutes(1).truncatedTo(ChronoUnit.MILLIS);
    private static final Instant AT = TIME.atZone(ZoneId.systemDefault()).toInstant();
    private static final String WARNING = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").format(TIME) + " WARN    [io.ve.co.im.BlockedThreadChecker] "
            + "Thread Thread[vert.x-eventloop-thread-0,5,main] has been blocked for 2600 ms, time limit is 2000 ms: io.vertx.core.VertxException: Thread blocked";

    private final Heartbeat machine = new Heartbeat();

    @Test
    void aStackBelongsToTheLineBeforeIt() {
        List<LogEntry> entries = LogEntry.of(List.of("banner", WARNING, "\tat a.B.c", "Caused by: x", "\tat d.E.f", "\t... 3 more", "other: x", "\tat g.H.i"));

        assertEquals(List.of("banner", WARNING, "other: x"), entries.stream().map(LogEntry::line).toList());
        assertEquals(List.of(0, 4, 1), entries.stream().map(entry -> entry.stack().size()).toList());
    }

    @Test
    void aThreadIsNotToBlameForATimeInWhichTheMachineStoodStill() {
        machine.note(AT.minusMillis(2_590), Duration.ofMillis(2_500));

        assertTrue(entry(WARNING).blames(machine));
        assertFalse(entry(WARNING.replace("BlockedThreadChecker", "Other")).blames(machine));
    }

    @Test
    void aThreadThatIsBlockedIsToBlameWhateverTheMachineDidBesides() {
        assertFalse(entry(WARNING).blames(machine), "it never stood still");
        machine.note(AT.minusSeconds(60), Duration.ofSeconds(50));
        machine.note(AT.plusMillis(1), Duration.ofSeconds(50));
        assertFalse(entry(WARNING).blames(machine), "it stood still before and after");
        machine.note(AT.minusMillis(3_600), Duration.ofMillis(1_500));
        assertFalse(entry(WARNING).blames(machine), "it stood still for half a second of it, and two are too much");
        machine.note(AT.minusMillis(2_000), Duration.ofMillis(200));
        assertTrue(entry(WARNING).blames(machine), "without the pauses it was in time");
    }

    private static LogEntry entry(String line) {
        return LogEntry.of(List.of(line)).getFirst();
    }
}

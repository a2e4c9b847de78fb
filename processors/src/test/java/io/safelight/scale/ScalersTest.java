package io.safelight.scale;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ScalersTest {
    private static final Target USUAL = new Target(5, 1, Duration.ofMinutes(2));

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private long published;
    private boolean away;

    @Test
    void ratesAreWhatCameBetweenTwoLooks() {
        Scalers scalers = scalers();
        assertNull(explained(scalers).arrivalsPerSecond());
        step(scalers, 60);
        assertNull(explained(scalers).arrivalsPerSecond(), "all that ever came is not what came just now");
        step(scalers, 90);
        assertEquals(3.0, explained(scalers).arrivalsPerSecond());
    }

    @Test
    void aBrokerThatCountsAnewIsNotKnownForAStep() {
        Scalers scalers = scalers();
        step(scalers, 60);
        step(scalers, 60);
        published = 0;
        step(scalers, 30);
        assertNull(explained(scalers).arrivalsPerSecond());
        step(scalers, 30);
        assertEquals(1.0, explained(scalers).arrivalsPerSecond());
    }

    @Test
    void aBrokerThatIsAwayIsAnErrorAndNoEmptyQueue() {
        Scalers scalers = scalers();
        step(scalers, 60);
        away = true;
        assertThrows(Unavailable.class, () -> step(scalers, 60));
        assertThrows(Unavailable.class, () -> explained(scalers));
        away = false;
        step(scalers, 60);
        assertNull(explained(scalers).arrivalsPerSecond());
    }

    @Test
    void whatWasLearnedIsKnownAfterARestart() {
        try (Scalers scalers = scalers()) {
            for (int i = 0; i < 300; i++) {
                step(scalers, 360);
            }
            assertEquals(12, explained(scalers).replicas());
        }
        now = now.plusSeconds(300);
        try (Scalers again = scalers()) {
            assertTrue(explained(again).hoursOfHistory() > 2.4, () -> explained(again).toString());
            for (int i = 0; i < 3; i++) {
                step(again, 360);
            }
            Explanation explanation = explained(again);
            assertEquals(12, explanation.replicas(), explanation::why);
            assertEquals(313, Math.round(explanation.hoursOfHistory() * 120), "the five minutes between are there, and not known");
        }
    }

    @Test
    void whatForecastsCostIsKnownAfterARestartAsSoonAsSomebodySaysWhatAReplicaGetsDone() {
        Target told = new Target(30, 1, Duration.ofMinutes(2));
        Random random = new Random(3);
        History noise = new History();
        QueueScaler toldFromTheStart = new QueueScaler("processing", new History(), List.of());
        for (int i = 0; i < 2 * History.DAY; i++) {
            int rate = random.nextInt(30);
            noise.add(rate);
            toldFromTheStart.observe(rate, told);
        }
        assertTrue(toldFromTheStart.share() < 1, () -> "share " + toldFromTheStart.share());
        HistoryFile.write(folder.resolve("processing.history"), noise, now.getEpochSecond() / History.STEP.toSeconds());
        try (Scalers scalers = scalers(new Target(30, 0, Duration.ofMinutes(2)))) {
            assertEquals(1, explained(scalers).share(), "nobody has said it yet");
            scalers.aim("processing", told);
            assertEquals(toldFromTheStart.share(), explained(scalers).share());
            assertEquals(48, explained(scalers).hoursOfHistory());
        }
    }

    @Test
    void isToldWhatAReplicaIsToCarry() {
        Scalers scalers = scalers();
        scalers.aim("processing", new Target(1, 1, Duration.ofMinutes(2)));
        assertEquals(7, explained(scalers).replicas());
    }

    @Test
    @Timeout(60)
    void whoWaitsForTheBrokerHoldsUpNobodyElse() {
        AtomicReference<Scalers> scalers = new AtomicReference<>();
        scalers.set(new Scalers(List.of("processing"), queue -> {
            Thread other = Thread.ofVirtual().start(() -> scalers.get().aim(queue, new Target(1, 1, Duration.ofMinutes(2))));
            assertDoesNotThrow(() -> other.join());
            return new Signal(new Backlog(0, 7), 0, 0, 1);
        }, List.of(), USUAL, folder));
        scalers.get().watch("processing", now);
        assertEquals(7, explained(scalers.get()).replicas());
    }

    @Test
    void queuesThatAreNotWatchedAreNamed() {
        assertTrue(assertThrows(Rejected.class, () -> scalers().explain("other", now)).getMessage().contains("processing"));
    }

    private Scalers scalers() {
        return scalers(USUAL);
    }

    private Scalers scalers(Target usual) {
        return new Scalers(List.of("processing"), queue -> {
            if (away) {
                throw new Unavailable("The broker is away; start it.", null);
            }
            return new Signal(new Backlog(0, 7), published, published, 1);
        }, List.of(), usual, folder);
    }

    private void step(Scalers scalers, int messages) {
        published += messages;
        now = now.plus(History.STEP);
        scalers.watch("processing", now);
    }

    private Explanation explained(Scalers scalers) {
        return scalers.explain("processing", now);
    }
}

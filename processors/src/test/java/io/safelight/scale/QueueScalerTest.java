package io.safelight.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Rejected;
import io.safelight.model.KnownEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueScalerTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration TWO_MINUTES = Duration.ofMinutes(2);
    private static final Target FIVE_EACH = new Target(5, 1, TWO_MINUTES);

    @ParameterizedTest
    @CsvSource({"0,0,0", "23,0,5", "0,8,2", "12,13,5", "25,1,6", "1,0,1"})
    void withoutAHistoryItIsExactlyReactive(long ready, long unacknowledged, int replicas) {
        Decision decision = after(0, 0).decide(NOW, new Backlog(ready, unacknowledged), FIVE_EACH);
        assertEquals(replicas, decision.replicas());
        assertEquals(ready + unacknowledged, decision.messages());
        assertTrue(decision.why().contains("too little history"), decision.why());
    }

    @Test
    void asksForWhatIsExpectedBeforeItIsThere() {
        Decision decision = after(1_000, 12).decide(NOW, new Backlog(0, 12), FIVE_EACH);
        assertEquals(3, decision.reactive());
        assertEquals(12, decision.replicas());
        assertEquals(60, decision.messages(), "what an autoscaler divides by 5 messages a replica");
        assertEquals(4, decision.forecasts().getLast().ahead());
        assertTrue(decision.why().contains("12.00 messages a second in"), decision.why());
    }

    @Test
    void neverAsksForLessThanWhatStandsInTheQueue() {
        Random random = new Random(3);
        QueueScaler scaler = after(0, 0);
        for (int i = 0; i < 5_000; i++) {
            scaler.observe(random.nextDouble(30), FIVE_EACH);
            Backlog backlog = new Backlog(random.nextInt(300), random.nextInt(50));
            Decision decision = scaler.decide(NOW, backlog, FIVE_EACH);
            assertTrue(decision.replicas() >= Math.ceilDiv(backlog.messages(), 5), decision::toString);
            assertTrue(decision.messages() >= backlog.messages(), decision::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({"30,1", "45,2", "60,2", "90,4", "120,4", "240,10", "300,10", "601,30", "900,30"})
    void looksAsFarAsItIsToldAndToTheNextHorizonWhereThatLiesBetweenTwo(int seconds, int steps) {
        Decision decision = after(1_000, 12).decide(NOW, new Backlog(0, 0), new Target(5, 1, Duration.ofSeconds(seconds)));
        assertEquals(steps, decision.forecasts().getLast().ahead());
    }

    @Test
    void isReactiveWhereNobodyKnowsWhatAReplicaGetsDone() {
        Decision decision = after(1_000, 12).decide(NOW, new Backlog(7, 0), new Target(5, 0, TWO_MINUTES));
        assertEquals(2, decision.replicas());
        assertTrue(decision.why().contains("not known"), decision.why());
    }

    @Test
    void aTimeToDrainInIsSoManyMessagesAReplica() {
        Target target = Target.draining(Duration.ofSeconds(30), 0.5, TWO_MINUTES);
        assertEquals(15, target.messages());
        assertEquals(2, after(0, 0).decide(NOW, new Backlog(16, 0), target).replicas());
    }

    @Test
    void aKnownEventIsReadyForBeforeItBegins() {
        var event = new KnownEvent("the sale", "processing", NOW.plusSeconds(90), NOW.plusSeconds(3_600), 1_800);
        QueueScaler scaler = new QueueScaler("processing", new History(), List.of(event));
        Decision decision = scaler.decide(NOW, new Backlog(0, 0), FIVE_EACH);
        assertEquals(30, decision.replicas());
        assertEquals(event, decision.event());
        assertTrue(decision.why().contains("'the sale'"), decision.why());
        assertEquals(0, scaler.decide(NOW.minusSeconds(60), new Backlog(0, 0), FIVE_EACH).replicas(), "too early");
        assertEquals(30, scaler.decide(event.until().minusSeconds(1), new Backlog(0, 0), FIVE_EACH).replicas());
        assertEquals(0, scaler.decide(event.until(), new Backlog(0, 0), FIVE_EACH).replicas(), "over");
    }

    @Test
    void anEventOfAnotherQueueIsNone() {
        var event = new KnownEvent("the sale", "moderation", NOW, NOW.plusSeconds(3_600), 1_800);
        assertEquals(0, new QueueScaler("processing", new History(), List.of(event)).decide(NOW, new Backlog(0, 0), FIVE_EACH).replicas());
    }

    @Test
    void targetsThatMeanNothingAreRefused() {
        assertThrows(Rejected.class, () -> new Target(0, 1, TWO_MINUTES));
        assertThrows(Rejected.class, () -> new Target(Double.NaN, 1, TWO_MINUTES));
        assertThrows(Rejected.class, () -> new Target(5, -1, TWO_MINUTES));
        assertThrows(Rejected.class, () -> new Target(5, 1, Duration.ofMinutes(16)));
        assertThrows(Rejected.class, () -> Target.draining(Duration.ofSeconds(30), 0, TWO_MINUTES));
    }

    private static QueueScaler after(int steps, double rate) {
        QueueScaler scaler = new QueueScaler("processing", new History(), List.of());
        for (int i = 0; i < steps; i++) {
            scaler.observe(rate, FIVE_EACH);
        }
        return scaler;
    }
}

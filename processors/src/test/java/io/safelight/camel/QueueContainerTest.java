package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

class QueueContainerTest {
    private long now;
    private int arrived;
    private int turns;

    @Test
    void aWhileInWhichNothingArrivesIsEnough() {
        assertEquals(20, turnsWith(turn -> { }));
    }

    @Test
    void whileTheMachineStandsStillNothingCanArrive() {
        assertEquals(15 + 20, turnsWith(turn -> now += turn == 15 ? Duration.ofSeconds(3).toNanos() : 0));
    }

    @Test
    void afterAMessageTheWhileBeginsAnew() {
        assertEquals(15 + 20, turnsWith(turn -> arrived += turn == 15 ? 1 : 0));
    }

    @Test
    void itEndsThoughMessagesArriveForEver() {
        assertEquals(60, turnsWith(turn -> arrived++));
    }

    private int turnsWith(IntConsumer meanwhile) {
        QueueContainer.awaitArrival(() -> arrived, () -> now, nanos -> {
            now += nanos;
            meanwhile.accept(++turns);
        });
        return turns;
    }
}

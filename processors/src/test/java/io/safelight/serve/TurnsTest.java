package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void oneWorksOneWaitsAndTheThirdIsToldToComeAgain() throws Exception {
        Turns turns = new Turns(1, 1);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Thread first = Thread.ofPlatform().start(() -> turns.run(() -> {
            started.countDown();
            await(go);
            done.add("first");
        }));
        started.await();
        Thread second = Thread.ofPlatform().start(() -> turns.run(() -> done.add("second")));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> second.getState() == Thread.State.WAITING);

        assertEquals(Code.BUSY, assertThrows(Unavailable.class, () -> turns.run(() -> done.add("third"))).code());

        go.countDown();
        first.join();
        second.join();
        assertEquals(List.of("first", "second"), done);
    }

    @Test
    void workThatFailsLeavesItsTurnToTheNext() {
        Turns turns = new Turns(1, 0);
        for (int i = 0; i < 3; i++) {
            assertThrows(IllegalStateException.class, () -> turns.run(() -> {
                throw new IllegalStateException();
            }));
        }
        turns.run(() -> done.add("next"));
        assertEquals(List.of("next"), done);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

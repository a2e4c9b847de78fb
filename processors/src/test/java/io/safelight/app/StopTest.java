package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.error.Unavailable;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StopTest {
    private final BlockingQueue<String> steps = new LinkedBlockingQueue<>();
    private final CountDownLatch inHand = new CountDownLatch(1);
    private final Stop stop = new Stop(code -> steps.add("guard " + code), this::drain, code -> steps.add("exit " + code));

    private void drain() {
        try {
            inHand.await();
            steps.add("drained");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> steps() throws InterruptedException {
        return List.of(steps.take(), steps.take(), steps.take());
    }

    @Test
    void aCardThatFailsEndsTheProcessAsASignalDoesAndIsNotWaitedForByWhatItIsToAnswer() throws InterruptedException {
        new ModelWatch(new SimpleMeterRegistry(), "m@1", stop::with).failed(new Unavailable("The card is lost.", null));
        // in hand is what the thread that told of the failure still has to answer
        inHand.countDown();
        assertEquals(List.of("guard 75", "drained", "exit 75"), steps());
    }

    @Test
    void whoAsksFirstSaysWithWhichCodeAndNobodyAfterwards() throws InterruptedException {
        Stream.of(75, 75, 0).forEach(stop::with);
        inHand.countDown();
        assertEquals(List.of("guard 75", "drained", "exit 75"), steps());
        assertEquals(List.of(), List.copyOf(steps));
    }
}

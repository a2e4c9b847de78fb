package io.safelight.transform.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class WatchTest {
    private static final Duration SHORT = Duration.ofMillis(1);

    /** An answer that was on its way already may still arrive: it is good, and whoever gave it is not. */
    @Test
    void whoIsEndedIsLateAlsoWhereAnAnswerArrives() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Watch watch = new Watch(SHORT, working(SHORT), ended::countDown);
        ended.await();

        watch.stop();

        assertTrue(watch.late());
    }

    @Test
    void whoAnswersInTimeIsNotEndedLater() {
        AtomicInteger ends = new AtomicInteger();
        Watch watch = new Watch(Duration.ofMinutes(5), working(Duration.ofMinutes(5)), ends::incrementAndGet);

        watch.pauseFor(() -> assertFalse(watch.late()));
        watch.stop();

        assertFalse(watch.late());
        assertEquals(0, ends.get());
    }

    /** Asked when it starts, and whenever it seems to have taken too long. */
    @Test
    void whoIsKeptFromWorkingIsLookedAtAgainUntilItHasHadItsTime() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        new Watch(SHORT, () -> SHORT.multipliedBy(looks.getAndIncrement()).dividedBy(2), ended::countDown, () -> 0);

        ended.await();

        assertEquals(3, looks.get(), "at the start, after half of the work, after all of it");
    }

    @Test
    void whoDoesNotWorkAtAllIsEndedToo() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Watch watch = new Watch(SHORT, () -> Duration.ZERO, ended::countDown);

        ended.await();

        watch.stop();
        assertTrue(watch.late());
    }

    /** Nothing at the first question, and then so much. */
    private static Supplier<Duration> working(Duration time) {
        AtomicBoolean asked = new AtomicBoolean();
        return () -> asked.getAndSet(true) ? time : Duration.ZERO;
    }
}

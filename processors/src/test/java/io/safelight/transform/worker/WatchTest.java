package io.safelight.transform.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WatchTest {
    /** An answer that was on its way already may still arrive: it is good, and whoever gave it is not. */
    @Test
    void whoIsEndedIsLateAlsoWhereAnAnswerArrives() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Watch watch = new Watch(Duration.ofNanos(1), ended::countDown);
        ended.await();

        watch.stop();

        assertTrue(watch.late());
    }

    @Test
    void whoAnswersInTimeIsNotEndedLater() {
        AtomicInteger ends = new AtomicInteger();
        Watch watch = new Watch(Duration.ofMinutes(5), ends::incrementAndGet);

        watch.pauseFor(() -> assertFalse(watch.late()));
        watch.stop();

        assertFalse(watch.late());
        assertEquals(0, ends.get());
    }
}

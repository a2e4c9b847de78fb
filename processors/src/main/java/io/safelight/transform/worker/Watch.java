package io.safelight.transform.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Ends something once it has worked for too long. For one thread. */
final class Watch {
    private final Runnable end;
    private long left;
    private long since;
    private CompletableFuture<Void> running;
    private volatile boolean late;

    /** @param end done once, on another thread */
    Watch(Duration most, Runnable end) {
        this.end = end;
        left = most.toNanos();
        start();
    }

    private void start() {
        since = System.nanoTime();
        running = new CompletableFuture<>();
        running.orTimeout(left, TimeUnit.NANOSECONDS).exceptionally(timeout -> {
            late = true;
            end.run();
            return null;
        });
    }

    void stop() {
        running.complete(null);
        // it may have run out a moment ago, and the other thread be about to say so
        late |= running.isCompletedExceptionally();
        left -= System.nanoTime() - since;
    }

    void pauseFor(Runnable work) {
        stop();
        work.run();
        start();
    }

    /** Whether time ran out: what was watched is ended, or is about to be. Certain once it was stopped. */
    boolean late() {
        return late;
    }
}

package io.safelight.transform.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Ends something once it has worked for too long. What is kept from working, as others have the processors, gets up to four times as long by the clock.
 * For one thread.
 */
final class Watch {
    private static final int PATIENCE = 4;
    /** Of the time, in which it has worked as good as all of it: nothing works without a pause. */
    private static final double AS_GOOD_AS_ALL = 0.9;

    private final long most;
    private final Supplier<Duration> worked;
    private final Runnable end;
    private final LongSupplier clock;
    private final Duration before;
    private long passed;
    private long since;
    private long next;
    private CompletableFuture<Void> running;
    private boolean late;

    /**
     * @param most   that it may work
     * @param worked so far; asked on another thread too
     * @param end    done once, on another thread
     */
    Watch(Duration most, Supplier<Duration> worked, Runnable end) {
        this(most, worked, end, System::nanoTime);
    }

    Watch(Duration most, Supplier<Duration> worked, Runnable end, LongSupplier clock) {
        this.most = most.toNanos();
        this.worked = worked;
        this.end = end;
        this.clock = clock;
        before = worked.get();
        next = this.most;
        start();
    }

    private synchronized void start() {
        since = clock.getAsLong();
        waitFor(next - passed);
    }

    private void waitFor(long nanos) {
        CompletableFuture<Void> timer = new CompletableFuture<>();
        running = timer;
        timer.orTimeout(nanos, TimeUnit.NANOSECONDS).exceptionally(timeout -> {
            look(timer);
            return null;
        });
    }

    private synchronized void look(CompletableFuture<Void> timer) {
        if (timer != running) {
            return;
        }
        long now = passed + clock.getAsLong() - since;
        long left = most - worked.get().minus(before).toNanos();
        if (now >= PATIENCE * most || left <= (1 - AS_GOOD_AS_ALL) * most) {
            late = true;
            end.run();
        } else {
            next = Math.min(now + left, PATIENCE * most);
            waitFor(next - now);
        }
    }

    /** Does nothing where it was stopped before. */
    synchronized void stop() {
        if (running != null) {
            running.complete(null);
            running = null;
            passed += clock.getAsLong() - since;
        }
    }

    void pauseFor(Runnable work) {
        stop();
        work.run();
        start();
    }

    /** Whether it was ended. Certain once the watch was stopped. */
    synchronized boolean late() {
        return late;
    }
}

package io.safelight.chaos;

import io.safelight.chaos.Ledger.Entry;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** A visitor who sees each good image once, a while after it was uploaded: what serving has not yet in its cache. */
final class Visits implements AutoCloseable {
    private static final Duration AFTER = Duration.ofSeconds(20);
    private static final Duration EVERY = Duration.ofMillis(500);

    private final World world;
    private final Ledger ledger;
    private final Map<Integer, Integer> byStatus = new ConcurrentSkipListMap<>();
    private final Thread thread;
    private int next;
    private volatile boolean over;

    Visits(World world, Ledger ledger) {
        this.world = world;
        this.ledger = ledger;
        this.thread = Thread.ofPlatform().daemon().name("visitor").start(this::run);
    }

    /** How often which answer came; 0 is none. */
    Map<Integer, Integer> byStatus() {
        return byStatus;
    }

    private void run() {
        while (!over) {
            Entry entry = ledger.uploads().get(next);
            if (entry != null && entry.acknowledged().plus(AFTER).isBefore(Instant.now())) {
                next++;
                if (entry.kind() == Ledger.Kind.GOOD) {
                    byStatus.merge(visit(entry.id()), 1, Integer::sum);
                }
            }
            Pause.millis(EVERY.toMillis());
        }
    }

    private int visit(String id) {
        try {
            return world.client("serving").get(world.link(id)).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join();
    }
}

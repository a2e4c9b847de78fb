package io.safelight.chaos;

import io.safelight.chaos.Ledger.Entry;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/** A visitor who asks for images all the time, cleared or not, and notes since when each can be seen. */
final class Watch implements AutoCloseable {
    private final World world;
    private final Ledger ledger;
    private final Map<String, Instant> seen = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile long asked;
    private volatile Exception failure;
    private volatile boolean over;

    Watch(World world, Ledger ledger) {
        this.world = world;
        this.ledger = ledger;
        this.thread = Thread.ofPlatform().daemon().name("visitor").start(this::run);
    }

    /** When each of these images was first served. */
    Map<String, Instant> seen() {
        return seen;
    }

    long asked() {
        return asked;
    }

    /** Why this visitor went blind; null where nothing went wrong. */
    Exception failure() {
        return failure;
    }

    private void run() {
        try {
            look();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void look() {
        RandomGenerator random = RandomGenerator.getDefault();
        while (!over) {
            List<Entry> entries = new ArrayList<>(ledger.uploads().values());
            Collections.reverse(entries);
            if (!entries.isEmpty()) {
                // most of all what was just uploaded
                look(entries.get(random.nextInt(random.nextBoolean() ? Math.min(entries.size(), 20) : entries.size())).id());
            }
            Pause.millis(20);
        }
    }

    private void look(String id) {
        if (seen.containsKey(id)) {
            return;
        }
        try {
            if (world.client("serving").get(world.link(id)).statusCode() == 200) {
                seen.put(id, Instant.now());
            }
            asked++;
        } catch (UncheckedIOException e) {
            // serving is being killed
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        thread.join();
    }
}

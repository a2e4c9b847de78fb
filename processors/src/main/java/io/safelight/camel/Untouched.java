package io.safelight.camel;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.camel.component.file.GenericFile;
import org.apache.camel.component.file.GenericFileFilter;

/**
 * Passes over files in the drop folder that may still be written: one is complete when it has been seen with the same size and time for a while, by this machine's
 * clock, as the server's may be wrong. Those that are not complete are not counted among the files of a look, so they stop no others.
 */
public final class Untouched implements GenericFileFilter<Object> {
    /** Or at each look, where looks are rarer. */
    static final Duration SWEPT_EVERY = Duration.ofMinutes(10);

    private record Seen(long size, long time, long since, long last) {}

    private final long minAge;
    private final LongSupplier clock;
    private final Map<String, Seen> files = new HashMap<>();
    private long swept;

    /** @param minAge milliseconds */
    public Untouched(long minAge) {
        this(minAge, System::nanoTime);
    }

    /** @param clock nanoseconds */
    Untouched(long minAge, LongSupplier clock) {
        this.minAge = Duration.ofMillis(minAge).toNanos();
        this.clock = clock;
        this.swept = clock.getAsLong();
    }

    /** Whether an earlier look found the file as it is now, and nothing else was found for at least the minimum age. */
    @Override
    public synchronized boolean accept(GenericFile<Object> file) {
        long now = clock.getAsLong();
        sweep(now);
        Seen before = files.get(file.getAbsoluteFilePath());
        boolean same = before != null && before.size == file.getFileLength() && before.time == file.getLastModified();
        long since = same ? before.since : now;
        files.put(file.getAbsoluteFilePath(), new Seen(file.getFileLength(), file.getLastModified(), since, now));
        return same && now - since >= minAge;
    }

    /** Files that are remembered. */
    synchronized int size() {
        return files.size();
    }

    private void sweep(long now) {
        if (now - swept > SWEPT_EVERY.toNanos()) {
            // what no look has met since the last time was moved
            files.values().removeIf(seen -> seen.last - swept < 0);
            swept = now;
        }
    }
}

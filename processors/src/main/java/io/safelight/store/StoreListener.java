package io.safelight.store;

import java.time.Duration;

/** Hears of every request to the object store, for metrics. Called by whoever asked: be quick. */
@FunctionalInterface
public interface StoreListener {
    StoreListener NOBODY = (operation, tier, bytes, took, answered) -> { };

    enum Operation { READ, WRITE, COPY, DELETE, LOOK }

    /**
     * @param tier     of what was written; null for other requests
     * @param bytes    that were sent
     * @param answered whether the store did it or had a reason not to, such as an object that is not there; false where it is away, full or refuses us
     */
    void asked(Operation operation, Tier tier, long bytes, Duration took, boolean answered);
}

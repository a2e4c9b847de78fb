package io.safelight.model;

import java.time.Instant;

/**
 * More work than usual that somebody knows of beforehand.
 *
 * @param queue     the work queue it comes to
 * @param perMinute messages a minute to be ready for
 */
public record KnownEvent(String name, String queue, Instant from, Instant until, double perMinute) {
    public double perSecond() {
        return perMinute / 60;
    }

    /** @return whether any of it lies between two moments, or at the first */
    public boolean touches(Instant start, Instant end) {
        return from.isBefore(end) && start.isBefore(until);
    }
}

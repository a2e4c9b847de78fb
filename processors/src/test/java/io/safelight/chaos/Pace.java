package io.safelight.chaos;

import java.time.Duration;

/**
 * How fast uploads come: some a minute, then many, then as few as before.
 *
 * @param base  uploads a minute
 * @param surge uploads a minute, while it lasts
 * @param calm  before the surge
 */
record Pace(int base, int surge, Duration calm, Duration length) {
    /** @return uploads that are due so long after the start */
    long due(Duration since) {
        double surging = Math.clamp(minutes(since) - minutes(calm), 0, minutes(length));
        return Math.round(base * (minutes(since) - surging) + surge * surging);
    }

    Duration end() {
        return calm.plus(length);
    }

    private static double minutes(Duration duration) {
        return duration.toMillis() / 60_000.0;
    }
}

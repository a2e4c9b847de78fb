package io.safelight.scale;

import java.time.Duration;

/**
 * Arrival rates of one queue, in messages per second, one for each step of 30 seconds; the last 45 days of them. Steps that nobody
 * watched are not known, and count neither as none nor as anything else. Not safe for several threads.
 */
public final class History {
    public static final Duration STEP = Duration.ofSeconds(30);
    static final int DAY = (int) (Duration.ofDays(1).toSeconds() / STEP.toSeconds());
    static final int WEEK = 7 * DAY;

    private static final int KEPT = 1 << 17;

    /** Of all rates known up to a step, and how many those are: the mean of any stretch is one subtraction. */
    private final double[] sums = new double[KEPT];
    private final long[] known = new long[KEPT];
    private long steps;

    /** @param rate messages per second in the step that just ended; NaN where it is not known */
    public void add(double rate) {
        double sum = steps == 0 ? 0 : sums[at(steps - 1)];
        long count = steps == 0 ? 0 : known[at(steps - 1)];
        boolean isKnown = !Double.isNaN(rate);
        sums[at(steps)] = isKnown ? sum + rate : sum;
        known[at(steps)] = isKnown ? count + 1 : count;
        steps++;
    }

    /** @return how many steps were added, known or not */
    public long steps() {
        return steps;
    }

    /** @return the first step that is still kept */
    public long first() {
        return Math.max(0, steps - KEPT + 1);
    }

    /** @return the rate of a step, counted from 0; NaN where it is not known or not kept */
    public double rate(long step) {
        return mean(step, step + 1);
    }

    /** @return the mean rate of the steps {@code from} to {@code to}, the latter not among them; NaN unless half of them are known */
    public double mean(long from, long to) {
        if (from < first() || to > steps) {
            return Double.NaN;
        }
        long count = known[at(to - 1)] - (from == 0 ? 0 : known[at(from - 1)]);
        double sum = sums[at(to - 1)] - (from == 0 ? 0 : sums[at(from - 1)]);
        return 2 * count < to - from ? Double.NaN : Math.max(0, sum / count);
    }

    private static int at(long step) {
        return (int) (step & (KEPT - 1));
    }
}

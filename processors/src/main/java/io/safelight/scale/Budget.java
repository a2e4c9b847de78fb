package io.safelight.scale;

import java.time.Duration;
import java.util.Arrays;

/**
 * What forecasts may cost: hardly more replicas, in the long run, than reactive scaling would. Two queues that only exist here get the arrivals that came, one with the
 * replicas that forecasts ask for, one without; where the first takes more, less of a forecast is asked for, down to none of it. Both are kind to reactive scaling,
 * to which a slow start would be dear. Not safe for several threads.
 */
public final class Budget {
    /** Of what reactive scaling takes. */
    private static final double ALLOWED = 1.05;
    /** How much of what was spent a step forgets: half in a day. */
    private static final double FORGETS = 1 - Math.pow(0.5, 1.0 / History.DAY);
    /** How far one step moves the share. */
    private static final double ADAPTS = 0.001;

    private final Shadow forecast = new Shadow();
    private final Shadow reactive = new Shadow();
    private double share = 1;

    /** @return the part of a forecast that is asked for, from 0 to 1 */
    public double share() {
        return share;
    }

    /**
     * @param rate     messages per second in the step that just ended; NaN where it is not known
     * @param expected messages per second that replicas were asked for, at the beginning of that step
     */
    public void observe(double rate, Target target, double expected) {
        if (Double.isNaN(rate) || target.rate() == 0) {
            return;
        }
        reactive.step(rate, target, 0);
        forecast.step(rate, target, expected);
        share = Math.clamp(share + (forecast.replicas <= ALLOWED * reactive.replicas ? ADAPTS : -ADAPTS), 0, 1);
    }

    /** A queue and its replicas: up at once, one and a half steps from being asked for to the first message, down after five minutes. */
    private static final class Shadow {
        private static final int KEPT = (int) Duration.ofMinutes(5).dividedBy(History.STEP);

        private final int[] asked = new int[KEPT];
        private long steps;
        private double backlog;
        private int before;
        private int beforeThat;
        /** The mean of late. */
        private double replicas;

        void step(double rate, Target target, double expected) {
            asked[(int) (steps++ % KEPT)] = Math.max(target.reactive(new Backlog(Math.round(backlog), 0)), target.replicas(expected));
            int now = Arrays.stream(asked).max().orElseThrow();
            double working = (Math.min(now, before) + Math.min(now, Math.min(before, beforeThat))) / 2.0;
            backlog = Math.max(0, backlog + (rate - working * target.rate()) * History.STEP.toSeconds());
            replicas += (now - replicas) * FORGETS;
            beforeThat = before;
            before = now;
        }
    }
}

package io.safelight.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many replicas a horizontal pod autoscaler runs: up at once, down to the most that was asked for lately, one after the other. Its times are a sixth of
 * those in {@code k8s/components/keda}, so that a run takes minutes.
 */
final class Replicas {
    /** KEDA's pollingInterval, 30 s there. */
    static final Duration POLLED_EVERY = Duration.ofSeconds(5);
    /** None goes that was asked for within this time; 300 s there. */
    static final Duration STABILISED = Duration.ofSeconds(50);
    /** Between two that go; a quarter of few is one, a minute apart, there. */
    static final Duration ONE_GOES_EVERY = Duration.ofSeconds(10);

    private final int least;
    private final int most;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private int replicas;
    private Instant gone = Instant.MIN;

    private record Asked(Instant at, int replicas) {}

    Replicas(int least, int most) {
        this.least = least;
        this.most = most;
        this.replicas = least;
    }

    /**
     * @param value  what the scaler answered, for all replicas together
     * @param target of it for one replica
     */
    int next(Instant now, double value, double target) {
        int wanted = Math.clamp((long) Math.ceil(value / target - 1e-9), least, most);
        asked.add(new Asked(now, wanted));
        asked.removeIf(one -> one.at.isBefore(now.minus(STABILISED)));
        int lately = asked.stream().mapToInt(Asked::replicas).max().orElseThrow();
        if (wanted > replicas) {
            replicas = wanted;
        } else if (lately < replicas && !now.minus(ONE_GOES_EVERY).isBefore(gone)) {
            replicas--;
            gone = now;
        }
        return replicas;
    }

    /** @return what was asked for last, within the bounds */
    int asked() {
        return asked.isEmpty() ? least : asked.getLast().replicas;
    }
}

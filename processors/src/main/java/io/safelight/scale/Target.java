package io.safelight.scale;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.time.Duration;

/**
 * What one replica is to carry.
 *
 * @param messages messages of the backlog a replica; more than 0
 * @param rate     messages per second that a replica gets done; 0 where that is not known, and then nothing can be forecast in replicas
 * @param ahead    how far to look ahead, 15 minutes at most: as long as a replica takes from being asked for to its first message
 */
public record Target(double messages, double rate, Duration ahead) {
    public static final Duration FARTHEST = Duration.ofMinutes(15);

    /** @throws Rejected saying which figure is wrong */
    public Target {
        require(messages > 0 && messages < Integer.MAX_VALUE, "the messages per replica must be more than 0");
        require(rate >= 0 && rate < Integer.MAX_VALUE, "the messages per second of a replica must be 0, for not known, or more");
        require(ahead.compareTo(History.STEP) >= 0 && ahead.compareTo(FARTHEST) <= 0, "what is looked ahead must be from 30 seconds to 15 minutes");
    }

    /** @param time in which all that stands in the queue is to be done, at a known rate of a replica */
    public static Target draining(Duration time, double rate, Duration ahead) {
        require(rate > 0 && time.isPositive(), "a time to drain in needs the messages per second that a replica gets done, and both more than 0");
        return new Target(rate * time.toMillis() / 1_000.0, rate, ahead);
    }

    /** @return steps of {@link History#STEP}, 1 or more; one that is begun counts */
    public int stepsAhead() {
        return Math.ceilDiv((int) ahead.toMillis(), (int) History.STEP.toMillis());
    }

    /** @return the replicas for what stands in the queue now */
    int reactive(Backlog backlog) {
        return ceil(backlog.messages() / messages);
    }

    /** @param arrivals messages per second; so few that less than half a message comes in a step need no replica */
    int replicas(double arrivals) {
        return rate > 0 && arrivals * History.STEP.toSeconds() >= 0.5 ? ceil(arrivals / rate) : 0;
    }

    /** A division that comes out a hair above a whole number does not ask for one more. */
    private static int ceil(double replicas) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceil(replicas - 1e-9));
    }

    private static void require(boolean right, String rule) {
        if (!right) {
            throw new Rejected(Code.BAD_PARAMETER, "What a replica is to carry is not right: %s.".formatted(rule));
        }
    }
}

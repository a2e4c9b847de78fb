package io.safelight.scale.backtest;

import io.safelight.scale.Backlog;
import io.safelight.scale.Decision;
import java.util.Arrays;

/** A queue, its replicas, and an autoscaler that obeys decisions as Kubernetes' does: up at once, down to the most asked for lately. */
final class Cluster {
    private static final int LAST_MINUTE = 63;

    private final long[] arrivedBy = new long[LAST_MINUTE + 1];
    private final int[] asked = new int[Rules.COOLDOWN / Rules.SYNC];
    /** From which second on each replica works; the last one started is the first to go. */
    private final int[] worksFrom = new int[Rules.CAP];
    private int replicas = Rules.FLOOR;
    private int wanted = Rules.FLOOR;
    private int syncs;
    private int second;
    private long arrived;
    private long done;

    private long replicaSeconds;
    private long lateSeconds;
    private long backlogSeconds;

    Cluster() {
        Arrays.fill(asked, Rules.FLOOR);
    }

    Backlog backlog() {
        long inHand = Math.min(arrived - done, working());
        return new Backlog(arrived - done - inHand, inHand);
    }

    void ask(Decision decision) {
        wanted = Math.clamp(decision.replicas(), Rules.FLOOR, Rules.CAP);
    }

    /** @param arrivals of each second; those from {@code from} on arrive, until the next look at the queue */
    void run(short[] arrivals, int from) {
        for (int i = from; i < from + Rules.POLL; i += Rules.SYNC) {
            sync();
            run(arrivals, i, i + Rules.SYNC);
        }
    }

    private void run(short[] arrivals, int from, int to) {
        int working = working();
        long late = 0;
        long backlog = 0;
        for (int i = from; i < to; i++) {
            while (working < replicas && worksFrom[working] <= second) {
                working++;
            }
            arrived += arrivals[i];
            done += Math.min(arrived - done, working);
            arrivedBy[second & LAST_MINUTE] = arrived;
            backlog += arrived - done;
            // what had arrived when the objective began and is not done now is late by one more second
            late += Math.max(0, arrivedBy[(second - Rules.OBJECTIVE) & LAST_MINUTE] - done);
            second++;
        }
        replicaSeconds += (long) replicas * (to - from);
        backlogSeconds += backlog;
        lateSeconds += late;
    }

    private void sync() {
        asked[syncs++ % asked.length] = wanted;
        int most = 0;
        for (int one : asked) {
            most = Math.max(most, one);
        }
        for (int i = replicas; i < wanted; i++) {
            worksFrom[i] = second + Rules.START;
        }
        replicas = wanted > replicas ? wanted : Math.min(replicas, most);
    }

    private int working() {
        int working = replicas;
        while (working > 0 && worksFrom[working - 1] > second) {
            working--;
        }
        return working;
    }

    int replicas() {
        return replicas;
    }

    Outcome outcome() {
        return new Outcome(replicaSeconds, lateSeconds, backlogSeconds);
    }
}

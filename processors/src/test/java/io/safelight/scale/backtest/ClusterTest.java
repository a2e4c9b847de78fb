package io.safelight.scale.backtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.scale.Backlog;
import io.safelight.scale.Decision;
import io.safelight.scale.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private final Cluster cluster = new Cluster();

    @Test
    void aReplicaGetsOneImageDoneASecond() {
        run(30, 2);
        assertEquals(new Outcome(60, 0, 0), cluster.outcome());
        run(30, 5);
        assertEquals(90, cluster.backlog().messages());
        assertEquals(2, cluster.backlog().unacknowledged());
        assertEquals(3 * 30 * 31 / 2.0, cluster.outcome().backlogSeconds());
    }

    @Test
    void aReplicaWorks45SecondsAfterItWasAskedFor() {
        ask(10);
        run(30, 10);
        assertEquals(30 * 8, cluster.backlog().messages());
        ask(10);
        run(30, 10);
        assertEquals(45 * 8, cluster.backlog().messages());
        assertEquals(600, cluster.outcome().replicaSeconds(), "those that start cost too");
    }

    @Test
    void goesDownAfterFiveMinutesAndNotBefore() {
        ask(10);
        run(30, 0);
        ask(2);
        for (int i = 0; i < 9; i++) {
            run(30, 0);
            assertEquals(10, cluster.replicas());
        }
        run(60, 0);
        assertEquals(2, cluster.replicas());
    }

    @Test
    void staysBetweenFloorAndCap() {
        ask(1_000);
        run(30, 0);
        assertEquals(Rules.CAP, cluster.replicas());
        for (int i = 0; i < 12; i++) {
            ask(0);
            run(30, 0);
        }
        assertEquals(Rules.FLOOR, cluster.replicas());
    }

    /** 300 images at once and two replicas: those done after second 60 were late by 0.5, 1, 1.5 … seconds, in whole ones. */
    @Test
    void countsBeyondTheObjectiveOnly() {
        short[] burst = new short[150];
        burst[0] = 300;
        for (int from = 0; from < burst.length; from += 30) {
            cluster.run(burst, from);
        }
        double late = 0;
        for (int second = Rules.OBJECTIVE; second < 150; second++) {
            late += 300 - 2 * (second + 1);
        }
        assertEquals(late, cluster.outcome().lateSeconds());
        assertEquals(0, cluster.backlog().messages());
    }

    private void ask(int replicas) {
        cluster.ask(Decision.of(Instant.EPOCH, new Backlog(replicas, 0), new Target(1, 1, Duration.ofMinutes(2)), List.of(), null));
    }

    private void run(int seconds, int arrivals) {
        short[] each = new short[seconds];
        Arrays.fill(each, (short) arrivals);
        for (int from = 0; from < seconds; from += Rules.POLL) {
            cluster.run(each, from);
        }
    }
}

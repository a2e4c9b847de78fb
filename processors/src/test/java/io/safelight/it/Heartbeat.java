package io.safelight.it;

import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Notes when the machine stood still, and no process of it is to blame for the time: what rests for a moment at a time is late then. */
final class Heartbeat {
    private static final Duration BEAT = Duration.ofMillis(20);
    /** By less it is late on any busy machine. */
    private static final Duration STANDSTILL = Duration.ofMillis(200);

    private final Queue<Pause> pauses = new ConcurrentLinkedQueue<>();

    private record Pause(Instant begin, Instant end) {}

    /** Beats until the tests end. */
    static Heartbeat start() {
        var heartbeat = new Heartbeat();
        Thread.ofPlatform().daemon().name("heartbeat").start(heartbeat::beat);
        return heartbeat;
    }

    private void beat() {
        while (true) {
            long began = System.nanoTime();
            LockSupport.parkNanos(BEAT.toNanos());
            Duration late = Duration.ofNanos(System.nanoTime() - began).minus(BEAT);
            if (late.compareTo(STANDSTILL) > 0) {
                note(Instant.now().minus(late), late);
            }
        }
    }

    void note(Instant begin, Duration pause) {
        pauses.add(new Pause(begin, begin.plus(pause)));
    }

    /** How long ago that was, without the time in which the machine stood still. */
    Duration since(Instant began) {
        Instant now = Instant.now();
        LockSupport.parkNanos(BEAT.multipliedBy(2).toNanos()); // a pause that has just ended is noted after it
        return Duration.between(began, now).minus(stoodStill(began, now));
    }

    /** For how long of that time it stood still. */
    Duration stoodStill(Instant from, Instant to) {
        Duration sum = Duration.ZERO;
        for (Pause pause : pauses) {
            Instant begin = pause.begin.isAfter(from) ? pause.begin : from;
            Instant end = pause.end.isBefore(to) ? pause.end : to;
            sum = begin.isBefore(end) ? sum.plus(Duration.between(begin, end)) : sum;
        }
        return sum;
    }
}

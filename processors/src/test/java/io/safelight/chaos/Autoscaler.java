package io.safelight.chaos;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.safelight.it.SafelightProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import sh.keda.externalscaler.ExternalScalerGrpc;
import sh.keda.externalscaler.ExternalScalerGrpc.ExternalScalerBlockingStub;
import sh.keda.externalscaler.GetMetricsRequest;
import sh.keda.externalscaler.ScaledObjectRef;

/** Plays KEDA and the horizontal pod autoscaler: asks the scaler over gRPC, and starts and stops workers by its answers. */
final class Autoscaler implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final ScaledObjectRef queue;
    private final Replicas replicas;
    private final int standing;
    private final Supplier<SafelightProcess> next;
    private final ManagedChannel channel;
    private final Deque<SafelightProcess> workers = new ArrayDeque<>();
    private final Set<SafelightProcess> ready = new HashSet<>();
    private final List<Thread> drains = new ArrayList<>();
    private final List<String> findings = Collections.synchronizedList(new ArrayList<>());
    private final Thread thread;
    private volatile Look last = new Look(0, 0, 0, 0, 0, 0);
    private volatile boolean over;
    private volatile int started;
    private int unanswered;

    /**
     * What one look came to.
     *
     * @param messages   what the scaler answered: those that wait or are in hand
     * @param target     messages for one replica
     * @param asked      replicas that this asks for, within the bounds
     * @param running    workers that are ready, with those that stay
     * @param draining   workers that were told to end and have not ended
     * @param unanswered looks so far that the scaler did not answer; nothing was changed then
     */
    record Look(double messages, double target, int asked, int running, int draining, int unanswered) {
        boolean isBelowTarget() {
            return messages < target;
        }
    }

    /**
     * @param standing workers that are there besides, and stay
     * @param next     prepares a worker that was never started
     */
    Autoscaler(int scalerPort, ScaledObjectRef queue, Replicas replicas, int standing, Supplier<SafelightProcess> next) {
        this.queue = queue;
        this.replicas = replicas;
        this.standing = standing;
        this.next = next;
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", scalerPort).usePlaintext().build();
        this.thread = Thread.ofPlatform().daemon().name("autoscaler of " + queue.getName()).start(this::run);
    }

    Look last() {
        return last;
    }

    /** What was not as it should be: workers that ended by themselves, or badly. */
    List<String> findings() {
        synchronized (findings) {
            return List.copyOf(findings);
        }
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** Workers that were ever started. */
    int started() {
        return started;
    }

    private void run() {
        try {
            for (Instant due = Instant.now(); !over; due = due.plus(Replicas.POLLED_EVERY)) {
                Pause.millis(Math.max(0, Duration.between(Instant.now(), due).toMillis()));
                look();
            }
        } catch (RuntimeException | AssertionError e) {
            findings.add("the autoscaler of %s ended: %s".formatted(queue.getName(), e));
        }
    }

    private void look() {
        double messages = last.messages;
        double target = last.target;
        try {
            ExternalScalerBlockingStub scaler = ExternalScalerGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            var spec = scaler.getMetricSpec(queue).getMetricSpecs(0);
            target = spec.getTargetSizeFloat();
            messages = scaler.getMetrics(GetMetricsRequest.newBuilder().setScaledObjectRef(queue).setMetricName(spec.getMetricName()).build())
                    .getMetricValues(0).getMetricValueFloat();
            run(replicas.next(Instant.now(), messages, target) - standing);
        } catch (StatusRuntimeException e) {
            unanswered++;
            System.out.printf("  the scaler did not answer for %s: %s%n", queue.getName(), e.getStatus());
        }
        workers.stream().filter(worker -> !ready.contains(worker) && World.isReady(worker.client())).forEach(ready::add);
        drains.removeIf(drain -> !drain.isAlive());
        last = new Look(messages, target, replicas.asked(), standing + ready.size(), drains.size(), unanswered);
    }

    private void run(int wanted) {
        workers.removeIf(worker -> {
            if (!worker.isAlive()) {
                findings.add("a worker ended by itself; its log is " + worker.log());
                ready.remove(worker);
            }
            return !worker.isAlive();
        });
        while (workers.size() < wanted) {
            SafelightProcess worker = next.get();
            worker.launch();
            workers.add(worker);
            started++;
        }
        while (workers.size() > wanted) {
            SafelightProcess worker = workers.removeLast();
            ready.remove(worker);
            drains.add(Thread.ofPlatform().daemon().name("drain").start(() -> drain(worker)));
        }
    }

    private void drain(SafelightProcess worker) {
        try {
            worker.stop();
        } catch (RuntimeException | AssertionError e) {
            findings.add("a worker did not end well: " + e.getMessage());
        }
    }

    /** Ends all workers where they stand. */
    @Override
    public void close() throws Exception {
        over = true;
        thread.join();
        for (Thread drain : drains) {
            drain.join();
        }
        workers.forEach(SafelightProcess::kill9);
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
}

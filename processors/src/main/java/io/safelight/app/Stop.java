package io.safelight.app;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import io.quarkus.runtime.Quarkus;
import io.safelight.camel.Drain;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/** Ends this process, once, whoever asks first: what is in hand is finished, then Quarkus stops, and what does not end is left behind. */
final class Stop {
    static final Stop THIS_PROCESS = new Stop(Stop::leaveBehind, Stop::drain, Quarkus::asyncExit);

    private static final Logger LOG = Logger.getLogger(Stop.class);
    /** Kubernetes kills after 30 s. */
    private static final Duration LONGEST = Duration.ofSeconds(29);

    private final IntConsumer guard;
    private final Runnable drain;
    private final IntConsumer exit;
    private final AtomicBoolean begun = new AtomicBoolean();

    /** @param guard ends the process with the code it is given, if nothing else does in time */
    Stop(IntConsumer guard, Runnable drain, IntConsumer exit) {
        this.guard = guard;
        this.drain = drain;
        this.exit = exit;
    }

    /** Returns at once: what is in hand may wait for the very thread that asks. @param code the exit code */
    void with(int code) {
        if (begun.compareAndSet(false, true)) {
            Thread.ofPlatform().name("stop").start(() -> {
                guard.accept(code);
                drain.run();
                exit.accept(code);
            });
        }
    }

    private static void leaveBehind(int code) {
        CompletableFuture.delayedExecutor(LONGEST.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
            System.err.println("safelight: something does not end; the process leaves it where it is");
            Runtime.getRuntime().halt(code);
        });
    }

    private static void drain() {
        ArcContainer beans = Arc.container();
        if (beans == null || !beans.isRunning()) {
            return;
        }
        try {
            beans.instance(Drain.class).get().run();
        } catch (InterruptedException | RuntimeException e) {
            LOG.warn("The process stops without having finished what is in hand; the queues get their messages back", e);
        }
    }
}

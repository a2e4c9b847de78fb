package io.safelight.camel;

import io.safelight.error.Problem;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** Tells the log what callers are refused that is not their fault: a line a second for each code, so that a storm of them does not fill the disk. */
public final class Refusals {
    private static final Logger LOG = Logger.getLogger(Refusals.class);
    private static final long PAUSE = Duration.ofSeconds(1).toNanos();
    /** Another in a test. */
    static volatile Refusals here = new Refusals(LOG::warn, System::nanoTime);

    private record Told(long at, int leftOut) {}

    private final Consumer<String> log;
    private final LongSupplier clock;
    /** By code, of which there are few. */
    private final Map<String, Told> last = new ConcurrentHashMap<>();

    /** @param clock nanoseconds */
    Refusals(Consumer<String> log, LongSupplier clock) {
        this.log = log;
        this.clock = clock;
    }

    /** One with a status below 500 is the caller's own affair. */
    public static void tell(Problem problem) {
        here.note(problem, problem.detail());
    }

    /** @param words of the cause, where the detail keeps them from the caller */
    static void tell(Problem problem, String words) {
        here.note(problem, words);
    }

    void note(Problem problem, String words) {
        if (problem.status() < 500) {
            return;
        }
        last.compute(problem.code(), (code, before) -> {
            long now = clock.getAsLong();
            if (before != null && now - before.at < PAUSE) {
                return new Told(before.at, before.leftOut + 1);
            }
            int leftOut = before == null ? 0 : before.leftOut;
            log.accept("Refused as %s: %s%s".formatted(code, words, leftOut == 0 ? "" : " (%,d more since the last such line)".formatted(leftOut)));
            return new Told(now, 0);
        });
    }
}

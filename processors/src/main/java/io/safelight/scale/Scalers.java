package io.safelight.scale;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.KnownEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The scalers of all queues that are watched. */
public final class Scalers implements AutoCloseable {
    private final Map<String, QueueWatch> watches = new TreeMap<>();

    /**
     * @param usual  what a replica is to carry, until an autoscaler says it otherwise
     * @param folder of the histories
     */
    public Scalers(List<String> queues, Signals signals, List<KnownEvent> events, Target usual, Path folder) {
        queues.forEach(queue -> watches.put(queue, new QueueWatch(queue, signals, events, usual, folder)));
    }

    public List<String> queues() {
        return List.copyOf(watches.keySet());
    }

    /** Looks at a queue once; to be called in each {@link History#STEP} at least once. */
    public void watch(String queue, Instant now) {
        of(queue).watch(now);
    }

    /** What a replica is to carry, from now on. */
    public void aim(String queue, Target target) {
        of(queue).aim(target);
    }

    public Explanation explain(String queue, Instant now) {
        return of(queue).explain(now);
    }

    private QueueWatch of(String queue) {
        QueueWatch watch = watches.get(queue == null ? "" : queue);
        if (watch == null) {
            throw new Rejected(Code.NOT_FOUND, "No queue of that name is watched here; those that are: %s. safelight.scaler.queues names them.".formatted(String.join(", ", watches.keySet())));
        }
        return watch;
    }

    /** Writes the histories. */
    @Override
    public void close() {
        watches.values().forEach(QueueWatch::write);
    }
}

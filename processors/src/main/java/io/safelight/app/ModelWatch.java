package io.safelight.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.safelight.error.Unavailable;
import io.safelight.moderate.batch.BatchListener;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jboss.logging.Logger;

/** Counts a model's batches, and asks for a new process where its card fails or the memory of it is used up: neither mends itself. A candidate is not worth one. */
final class ModelWatch implements BatchListener {
    /** EX_TEMPFAIL of sysexits.h: start me again. */
    static final int START_AGAIN = 75;

    private static final Logger LOG = Logger.getLogger(ModelWatch.class);

    private final DistributionSummary batchSize;
    private final Timer queue;
    private final Timer inference;
    private final Counter failures;
    private final Optional<IntConsumer> exit;

    /** Of a model that is needed. @param exit stops this process cleanly, with an exit code */
    ModelWatch(MeterRegistry meters, String model, IntConsumer exit) {
        this(meters, model, Optional.of(exit));
    }

    /** Of a candidate: who misses its answer says so, and goes on with the other's. */
    ModelWatch(MeterRegistry meters, String candidate) {
        this(meters, candidate, Optional.empty());
    }

    private ModelWatch(MeterRegistry meters, String model, Optional<IntConsumer> exit) {
        batchSize = DistributionSummary.builder("moderation.batch.size").description("Images in a batch").tag("model", model).register(meters);
        queue = Timer.builder("moderation.queue").description("From when an image is handed in until its batch is run").tag("model", model).register(meters);
        inference = Timer.builder("moderation.inference").description("A batch in the model").tag("model", model).register(meters);
        failures = Counter.builder("moderation.failures").description("Batches that a model could not run, whatever was in them").tag("model", model).register(meters);
        this.exit = exit;
    }

    @Override
    public void ran(List<Duration> waited, Duration took) {
        batchSize.record(waited.size());
        waited.forEach(queue::record);
        inference.record(took);
    }

    @Override
    public void failed(Unavailable why) {
        failures.increment();
        exit.ifPresent(stop -> {
            LOG.error(why.getMessage(), why);
            LOG.errorf("This process ends with exit code %d, to be started again; what it has in hand is finished or tried again later", START_AGAIN);
            stop.accept(START_AGAIN);
        });
    }
}

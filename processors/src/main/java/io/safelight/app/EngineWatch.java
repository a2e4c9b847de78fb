package io.safelight.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.SpanKind;
import io.safelight.decode.ModelInput;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Op;
import io.safelight.trace.Spans;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.worker.WorkerPool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Times what an engine makes, on meters and as spans, and tells how many of its processes are at work. */
record EngineWatch(ImageEngine engine, MeterRegistry meters, Spans spans) implements ImageEngine, AutoCloseable {
    /** On either side of what is fast (0.5 s) and of what wakes somebody (10 s). */
    private static final Duration[] BUCKETS = {Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
            Duration.ofMillis(2_500), Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(30)};

    EngineWatch {
        if (engine instanceof WorkerPool pool) {
            Gauge.builder("decoders.busy", pool, WorkerPool::atWork).description("Processes that decode an image now").strongReference(true).register(meters);
            Gauge.builder("decoders.most", pool, WorkerPool::most).description("Processes that decode images at a time at the most").strongReference(true)
                    .register(meters);
        }
    }

    @Override
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        return timed("render", format, () -> engine.render(original, format, masterSide, variants, folder));
    }

    @Override
    public List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder) {
        return timed("make", format, () -> engine.make(original, format, variants, folder));
    }

    private <T> T timed(String operation, Format format, Supplier<T> work) {
        Timer.Sample sample = Timer.start(meters);
        boolean made = false;
        try {
            T result = work.get();
            made = true;
            return result;
        } finally {
            long took = sample.stop(Timer.builder("processing.duration").description("An image in the engine, waiting for a free one included")
                    .tags("operation", operation, "format", format.slug()).serviceLevelObjectives(BUCKETS).register(meters));
            spans.happened(operation, SpanKind.INTERNAL, Duration.ofNanos(took), made, "image.format", format.slug(), "image.engine", engine.name());
        }
    }

    @Override
    public void planes(Path file, List<ModelInput> inputs, Consumer<List<float[]>> each) {
        engine.planes(file, inputs, each);
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public String version() {
        return engine.version();
    }

    @Override
    public Set<Format> reads() {
        return engine.reads();
    }

    @Override
    public Set<Format> writes() {
        return engine.writes();
    }

    @Override
    public Optional<String> cannot(Op op) {
        return engine.cannot(op);
    }

    @Override
    public List<Format> formats(VariantSpec variant, boolean alpha) {
        return engine.formats(variant, alpha);
    }

    @Override
    public void close() {
        if (engine instanceof WorkerPool pool) {
            pool.close();
        }
    }
}

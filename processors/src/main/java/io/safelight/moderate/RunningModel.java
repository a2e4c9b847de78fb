package io.safelight.moderate;

import io.safelight.decode.ModelInput;
import io.safelight.moderate.batch.BatchListener;
import io.safelight.moderate.batch.Batcher;
import io.safelight.moderate.djl.DjlClassifier;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** A model that is loaded, with its batches in front of it. Safe for any number of threads. */
public final class RunningModel implements AutoCloseable {
    private final Model model;
    private final Batching batching;
    private final DjlClassifier classifier;
    private final Batcher batcher;
    private volatile boolean warm;

    /** Loads it. @throws io.safelight.error.Fault where the model is not what its description says, or cannot run there */
    public RunningModel(Model model, Placement placement, Batching batching, BatchListener listener) {
        this.model = model;
        this.batching = batching;
        this.classifier = new DjlClassifier(model, placement);
        this.batcher = new Batcher(model.labels(), Stream.generate(classifier::newPredictor).limit(batching.predictors()).toList(), batching, listener);
    }

    /** {@code name@version}. */
    public String id() {
        return model.id();
    }

    public String name() {
        return model.name();
    }

    public ModelInput input() {
        return model.input();
    }

    /** Name and version of what runs it. */
    public String engine() {
        return classifier.engine();
    }

    public int batchSize() {
        return batching.size();
    }

    /**
     * @param planes one image, as {@link #input} makes it
     * @return label → probability, in the model's order; fails with a {@link io.safelight.error.SafelightException}
     * @throws io.safelight.error.Unavailable {@code busy} where too many images wait already
     */
    public CompletableFuture<Map<String, Double>> submit(float[] planes) {
        return batcher.submit(planes).thenApply(labels -> {
            warm = true;
            return labels;
        });
    }

    /** Runs a whole batch, so that the first images do not wait for what is set up late, such as the memory of a card. */
    public void warmUp() {
        float[] blank = new float[model.input().length()];
        List<CompletableFuture<Map<String, Double>>> batch = Stream.generate(() -> submit(blank)).limit(batching.size()).toList();
        batch.forEach(CompletableFuture::join);
    }

    /** Whether the model has answered. */
    public boolean warm() {
        return warm;
    }

    /** Answers what was handed in, then lets go of the model. */
    @Override
    public void close() {
        batcher.close();
        classifier.close();
    }
}

package io.safelight.moderate;

import io.safelight.decode.Decoder;
import io.safelight.decode.Pixels;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.moderate.batch.BatchListener;
import io.safelight.moderate.batch.Batcher;
import io.safelight.moderate.djl.DjlClassifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/** Has a model look at images. Safe for any number of threads; each waits for its own image. */
public final class Moderator implements AutoCloseable {
    private final Decoder decoder;
    private final Model model;
    private final DjlClassifier classifier;
    private final Batcher batcher;
    /** A decoded image takes far more memory than the model's input made of it. */
    private final Semaphore decodes;
    private volatile boolean warm;

    public Moderator(Decoder decoder, Model model, int batchSize, Duration maxWait, int predictors, int maxQueue) {
        this(decoder, model, batchSize, maxWait, predictors, maxQueue, BatchListener.NONE);
    }

    /**
     * Loads the model.
     *
     * @param predictors that run at the same time, each on one thread; 0 means one per processor
     * @param maxQueue   images handed in and not yet answered, at the most
     * @throws Fault where the model is not what its description says
     */
    public Moderator(Decoder decoder, Model model, int batchSize, Duration maxWait, int predictors, int maxQueue, BatchListener listener) {
        int threads = predictors > 0 ? predictors : Runtime.getRuntime().availableProcessors();
        this.decoder = decoder;
        this.model = model;
        this.decodes = new Semaphore(threads);
        this.classifier = new DjlClassifier(model);
        this.batcher = new Batcher(model.labels(), Stream.generate(classifier::newPredictor).limit(threads).toList(),
                batchSize, maxWait, maxQueue, listener);
    }

    /**
     * Waits for its batch. Of an animation every frame is looked at, and each label has its highest probability.
     *
     * @throws io.safelight.error.Rejected    where the image cannot be decoded
     * @throws io.safelight.error.Unavailable where too many images wait already
     */
    public Scan scan(Path image) {
        float[] still;
        acquireDecode();
        try {
            List<Pixels> frames = decoder.frames(image);
            if (frames.size() > 1) {
                return highest(frames);
            }
            still = Preprocess.planes(frames.getFirst(), model.inputSize());
        } finally {
            decodes.release();
        }
        return classify(still);
    }

    private Scan highest(List<Pixels> frames) {
        Map<String, Double> highest = new LinkedHashMap<>();
        for (Pixels frame : frames) {
            classify(Preprocess.planes(frame, model.inputSize())).labels()
                    .forEach((label, probability) -> highest.merge(label, probability, Math::max));
        }
        return new Scan(model.id(), highest);
    }

    /** Runs the model once, so that the first image does not wait for what is set up late. */
    public void warmUp() {
        classify(new float[3 * model.inputSize() * model.inputSize()]);
    }

    /** The model in use, as {@code name@version}. */
    public String modelId() {
        return model.id();
    }

    /** Name and version of the engine that runs the model. */
    public String engine() {
        return classifier.engine();
    }

    /** Whether the model has answered. */
    public boolean warm() {
        return warm;
    }

    private void acquireDecode() {
        try {
            decodes.acquire();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Scan classify(float[] planes) {
        try {
            Map<String, Double> labels = batcher.submit(planes).get();
            warm = true;
            return new Scan(model.id(), labels);
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof SafelightException known ? known : new Fault("An image cannot be classified; see the cause.", e.getCause());
        }
    }

    private static Unavailable interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Unavailable("Moderation was interrupted; try again.", e);
    }

    /** Answers what was handed in, then lets go of the model. */
    @Override
    public void close() {
        batcher.close();
        classifier.close();
    }
}

package io.safelight.moderate;

import io.safelight.decode.Decoder;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;

/** Has a model look at images. Safe for any number of threads; each waits for its own image. */
public final class Moderator implements AutoCloseable {
    private final Decoder decoder;
    private final RunningModel model;
    /** A decoded image takes far more memory than the model's input made of it. */
    private final Semaphore decodes = new Semaphore(Runtime.getRuntime().availableProcessors());

    /** @param model closed with this */
    public Moderator(Decoder decoder, RunningModel model) {
        this.decoder = decoder;
        this.model = model;
    }

    /**
     * Waits for its batch. Of an animation every frame is looked at, and each label has its highest probability.
     *
     * @throws io.safelight.error.Rejected    where the image cannot be decoded
     * @throws io.safelight.error.Unavailable where too many images wait already
     */
    public Scan scan(Path image) {
        Deque<CompletableFuture<Map<String, Double>>> waiting = new ArrayDeque<>();
        Map<String, Double> highest = new LinkedHashMap<>();
        acquireDecode();
        try {
            decoder.planes(image, List.of(model.input()), frame -> {
                // the frames of an animation may fill a batch of their own and no more
                if (waiting.size() == model.batchSize()) {
                    merge(highest, answer(waiting.removeFirst()));
                }
                waiting.add(model.submit(frame.getFirst()));
            });
        } finally {
            decodes.release();
        }
        waiting.forEach(frame -> merge(highest, answer(frame)));
        return new Scan(model.id(), highest);
    }

    private static void merge(Map<String, Double> highest, Map<String, Double> labels) {
        labels.forEach((label, probability) -> highest.merge(label, probability, Math::max));
    }

    /** Runs the model once, so that the first image does not wait for what is set up late. */
    public void warmUp() {
        try {
            model.warmUp();
        } catch (CompletionException e) {
            throw known(e);
        }
    }

    /** The model in use, as {@code name@version}. */
    public String modelId() {
        return model.id();
    }

    /** Name and version of the engine that runs the model. */
    public String engine() {
        return model.engine();
    }

    /** Whether the model has answered. */
    public boolean warm() {
        return model.warm();
    }

    private void acquireDecode() {
        try {
            decodes.acquire();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static Map<String, Double> answer(CompletableFuture<Map<String, Double>> submitted) {
        try {
            return submitted.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            throw known(e);
        }
    }

    private static SafelightException known(Exception e) {
        return e.getCause() instanceof SafelightException known ? known : new Fault("An image cannot be classified; see the cause.", e.getCause());
    }

    private static Unavailable interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Unavailable("Moderation was interrupted; try again.", e);
    }

    @Override
    public void close() {
        model.close();
    }
}

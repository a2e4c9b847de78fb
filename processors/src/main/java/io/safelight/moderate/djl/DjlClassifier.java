package io.safelight.moderate.djl;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.safelight.error.Fault;
import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A loaded model, shared by as many predictors as there are threads to run it. Close the predictors first. */
public final class DjlClassifier implements AutoCloseable {
    private static final String ENGINE = "OnnxRuntime";
    /** Reserved, not used, until it is needed: for a command line of about 250,000 characters. */
    private static final long ENOUGH_STACK = 64 << 20;

    static {
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
    }

    private final Model model;
    private final ai.djl.Model loaded;

    /** @throws Fault where the weights do not have the labels or the shapes that {@code model} states */
    public DjlClassifier(Model model) {
        this.model = model;
        startEngine();
        this.loaded = ai.djl.Model.newInstance(model.name(), ENGINE);
        try {
            load();
            checkLabels();
            checkShapes();
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Comes before anything touches ONNX Runtime itself, or its environment is made without DJL's settings. On a thread
     * of its own, as ONNX Runtime 1.29 goes through the process's command line by recursion: on an ordinary thread's
     * stack a few thousand characters, such as a long class path, end the whole process without a word.
     */
    private static void startEngine() {
        FutureTask<Engine> start = new FutureTask<>(() -> Engine.getEngine(ENGINE));
        Thread.ofPlatform().name("onnxruntime-start").stackSize(ENOUGH_STACK).start(start);
        try {
            start.get();
        } catch (ExecutionException e) {
            throw new Fault("ONNX Runtime cannot be started; see the cause for the library that is missing on this machine.", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Fault("Interrupted while ONNX Runtime was starting; start again.", e);
        }
    }

    public String engine() {
        // DJL tells the version it was built against, not the one that runs
        return ENGINE + " " + OrtEnvironment.getEnvironment().getVersion();
    }

    /** One thread inside each predictor: several predictors use several cores better than one does with several threads. */
    private void load() {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry("session.inter_op.allow_spinning", "0");
            // DJL reads the second thread count only where the first one is given
            loaded.load(new ByteArrayInputStream(model.weights()),
                    Map.of("sessionOptions", options, "interOpNumThreads", "1", "intraOpNumThreads", "1"));
        } catch (OrtException | IOException | MalformedModelException e) {
            throw new Fault("%s: ONNX Runtime cannot load the weights; use an ONNX file it supports.".formatted(model.id()), e);
        }
    }

    private void checkLabels() {
        String stated = loaded.getBlock().getCustomMetadata().get("labels");
        if (stated != null && !List.of(stated.split("\\s*,\\s*")).equals(model.labels())) {
            throw new Fault("%s: the weights say their labels are [%s], model.yaml says %s; correct model.yaml."
                    .formatted(model.id(), stated, model.labels()));
        }
    }

    /** By trying, as the engine does not tell: two images, so that a model for single ones is found out too. */
    private void checkShapes() {
        float[] blank = new float[3 * model.inputSize() * model.inputSize()];
        try (Classifier trial = newPredictor()) {
            trial.classify(new float[][] {blank, blank});
        } catch (Fault e) {
            throw new Fault("%s: the weights do not take [N, 3, %d, %d] and give [N, %d], as model.yaml states; correct input.size or labels."
                    .formatted(model.id(), model.inputSize(), model.inputSize(), model.labels().size()), e);
        }
    }

    public Classifier newPredictor() {
        Predictor<float[][], float[][]> predictor = loaded.newPredictor(new Planes(model.inputSize(), model.labels().size()));
        return new Classifier() {
            @Override
            public float[][] classify(float[][] batch) {
                try {
                    return predictor.predict(batch);
                } catch (TranslateException e) {
                    throw new Fault("%s failed on a batch of %d; see the cause.".formatted(model.id(), batch.length), e);
                }
            }

            @Override
            public void close() {
                predictor.close();
            }
        };
    }

    @Override
    public void close() {
        loaded.close();
    }
}

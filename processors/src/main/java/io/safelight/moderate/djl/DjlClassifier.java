package io.safelight.moderate.djl;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.safelight.decode.ModelInput;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import io.safelight.moderate.Model.Output;
import io.safelight.moderate.Placement;

/** A loaded model, shared by as many predictors as there are threads to run it. Close the predictors first. */
public final class DjlClassifier implements AutoCloseable {
    static {
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
    }

    private final Model model;
    private final Runtime runtime;
    private final ai.djl.Model loaded;

    /** @throws Fault where the weights do not have the labels or the shapes that {@code model} states, or the placement is not to be had */
    public DjlClassifier(Model model, Placement placement) {
        this.model = model;
        this.runtime = Runtime.start(placement);
        this.loaded = runtime.load(model);
        try {
            check();
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** Name and version. */
    public String engine() {
        return runtime.version();
    }

    /** By trying, as the engine does not tell: two images, so that a model for single ones is found out too. */
    private void check() {
        float[] blank = new float[model.input().length()];
        float[][] answers;
        try (Classifier trial = newPredictor()) {
            answers = trial.classify(new float[][] {blank, blank});
        } catch (Fault e) {
            throw new Fault("%s: the weights do not take %s and give [N, %d], as model.yaml states (%s); correct input.size, input.layout or labels."
                    .formatted(model.from(), shape(model.input()), model.labels().size(), reason(e)), e);
        }
        for (float[] numbers : answers) {
            for (float number : numbers) {
                if (!(number >= 0 && number <= 1)) {
                    throw new Fault("%s: the weights give %s for a blank picture, which is no probability; write output: logits in model.yaml if softmax is to be applied."
                            .formatted(model.from(), number));
                }
            }
        }
    }

    private static String shape(ModelInput input) {
        return (input.layout() == ModelInput.Layout.NCHW ? "[N, 3, %1$d, %1$d]" : "[N, %1$d, %1$d, 3]").formatted(input.size());
    }

    private static String reason(Throwable failure) {
        Throwable t = failure;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return String.valueOf(t.getMessage()).strip().replaceAll("\\s+", " ");
    }

    /** For one thread. */
    public Classifier newPredictor() {
        Predictor<float[][], float[][]> predictor = loaded.newPredictor(new Planes(model.input(), model.labels().size(), model.output() == Output.LOGITS));
        return new Classifier() {
            @Override
            public float[][] classify(float[][] batch) {
                try {
                    return predictor.predict(batch);
                } catch (TranslateException | RuntimeException e) {
                    throw failure(e, batch.length);
                }
            }

            @Override
            public void close() {
                predictor.close();
            }
        };
    }

    private SafelightException failure(Exception e, int images) {
        if (CardFailure.isOutOfMemory(e)) {
            return new Unavailable(Code.OUT_OF_MEMORY, "The memory of the card that moderation runs on is used up; the images are tried again. "
                    + "Lower safelight.moderation.batch-size or raise safelight.moderation.gpu-memory if this repeats.", e);
        }
        return CardFailure.isBroken(e)
                ? new Unavailable("The card that moderation runs on fails; the images are tried again. Look at the driver's log if this repeats.", e)
                : new Fault("%s failed on a batch of %d; see the cause.".formatted(model.id(), images), e);
    }

    @Override
    public void close() {
        loaded.close();
    }
}

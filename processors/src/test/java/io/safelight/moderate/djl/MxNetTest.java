package io.safelight.moderate.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import io.safelight.error.Fault;
import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MxNetTest {
    private static final Placement MXNET = new Placement(Placement.MXNET, "cpu", Optional.empty());

    @ParameterizedTest
    @ValueSource(strings = {"nsfw-mobilenet-v2", "nsfw-inception-v3"})
    void answersWhatOnnxRuntimeAnswersFromTheSameFolder(String name) {
        Assumptions.assumeTrue(Engine.hasEngine(Placement.MXNET), "SKIPPED, NOT TESTED: MXNet is not in this build; run mvn with -Pmxnet, as ./safelight test does");
        Model model = Model.find(name, Path.of("config/models"));
        float[][] batch = new float[3][];
        Random random = new Random(7);
        for (int i = 0; i < batch.length; i++) {
            batch[i] = new float[model.input().length()];
            for (int p = 0; p < batch[i].length; p++) {
                // coarse shapes rather than noise, so that the labels differ
                batch[i][p] = (p / (40 * (i + 1)) & 1) * 0.8f + random.nextFloat() * 0.2f;
            }
        }
        float[][] expected = answers(model, Placement.DEFAULT, batch);

        float[][] answered = answers(model, MXNET, batch);

        for (int i = 0; i < batch.length; i++) {
            assertArrayEquals(expected[i], answered[i], 1e-3f);
        }
    }

    @Test
    void isRefusedWithTheFixWhereTheBuildIsWithoutIt() {
        Assumptions.assumeFalse(Engine.hasEngine(Placement.MXNET), "SKIPPED, NOT TESTED: this build has MXNet");
        Fault fault = assertThrows(Fault.class, () -> new DjlClassifier(Model.shipped(), MXNET).close());
        assertTrue(fault.getMessage().contains("-Pmxnet"), fault::getMessage);
    }

    private static float[][] answers(Model model, Placement placement, float[][] batch) {
        try (DjlClassifier classifier = new DjlClassifier(model, placement); Classifier predictor = classifier.newPredictor()) {
            return predictor.classify(batch);
        }
    }
}

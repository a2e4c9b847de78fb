package io.safelight.moderate.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.safelight.error.Fault;
import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class DjlClassifierTest {
    /** Run in a process of its own by the test below. */
    public static void main(String[] args) {
        Model model = Model.shipped();
        try (DjlClassifier classifier = new DjlClassifier(model, Placement.DEFAULT); Classifier predictor = classifier.newPredictor()) {
            System.out.println(predictor.classify(new float[1][model.input().length()])[0].length + " labels");
        }
    }

    @Test
    void refusesACardWhereTheBuildIsForTheCpu() {
        Placement card = new Placement(Placement.ONNX_RUNTIME, "cuda:1", Optional.of(1L << 30));
        Assumptions.assumeFalse(OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA), "SKIPPED, NOT TESTED: this build is for CUDA");

        Fault fault = assertThrows(Fault.class, () -> new DjlClassifier(Model.shipped(), card).close());

        assertEquals("safelight.moderation.device is cuda:1, and this build has ONNX Runtime for the CPU; build with 'mvn package -Pgpu', or write cpu.", fault.getMessage());
    }

    @Test
    void makesProbabilitiesOfLogits() {
        assertArrayEquals(new float[] {0.25f, 0.75f}, Planes.softmax(new float[] {1000, 1000 + (float) Math.log(3)}), 1e-4f);
    }

    @Test
    void survivesALongCommandLine() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-cp", System.getProperty("java.class.path"),
                DjlClassifierTest.class.getName(), "x".repeat(60_000)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "still running");
        assertEquals(0, process.exitValue(), output);
        assertTrue(output.contains("5 labels"), output);
    }
}

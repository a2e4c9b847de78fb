package io.safelight.moderate.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.moderate.Classifier;
import io.safelight.moderate.Model;
import io.safelight.moderate.Placement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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

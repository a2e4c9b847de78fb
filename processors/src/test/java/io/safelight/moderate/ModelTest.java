package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import io.safelight.moderate.djl.DjlClassifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTest {
    private static final String WEIGHTS = "nsfw_mobilenet_v2_u8.onnx";

    @TempDir
    Path folder;

    @BeforeEach
    void copyTheShippedModel() throws IOException {
        Files.write(folder.resolve(WEIGHTS), resource(WEIGHTS));
        Files.write(folder.resolve("model.yaml"), resource("model.yaml"));
    }

    @Test
    void loadsFromAFolderWhatIsInTheJar() {
        Model model = Model.load(folder);
        assertEquals(Model.shipped().id(), model.id());
        assertEquals(List.of("drawing", "hentai", "neutral", "porn", "sexy"), model.labels());
        assertEquals(224, model.inputSize());
    }

    @Test
    void refusesWeightsThatWereChanged() throws IOException {
        byte[] weights = resource(WEIGHTS);
        weights[1_000_000] ^= 1;
        Files.write(folder.resolve(WEIGHTS), weights);
        refused("sha256 of " + WEIGHTS);
    }

    @Test
    void refusesLabelsInAnotherOrderThanTheWeightsSay() throws IOException {
        describe("[drawing, hentai, neutral, porn, sexy]", "[hentai, drawing, neutral, porn, sexy]");
        refused("the weights say their labels are");
    }

    @Test
    void refusesAnotherInputSizeThanTheWeightsTake() throws IOException {
        describe("size: 224", "size: 299");
        refused("do not take [N, 3, 299, 299]");
    }

    @Test
    void refusesADescriptionWithGapsOrSurprises() throws IOException {
        describe("name: nsfw-mobilenet-v2", "nom: nsfw-mobilenet-v2");
        refused("nom");
        copyTheShippedModel();
        describe("layout: NCHW", "layout: NHWC");
        refused("layout NCHW");
        copyTheShippedModel();
        describe("weights: ", "weights: ../");
        refused("weights must be the name of a file");
        copyTheShippedModel();
        describe("[drawing, hentai, neutral, porn, sexy]", "[drawing, drawing]");
        refused("labels must be");
        Files.delete(folder.resolve("model.yaml"));
        refused("model.yaml cannot be read");
    }

    @Test
    void refusesWeightsThatAreNoModel() throws Exception {
        byte[] text = "not a model".getBytes(StandardCharsets.UTF_8);
        Files.write(folder.resolve(WEIGHTS), text);
        String hash = java.util.HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(text));
        describe("sha256: [0-9a-f]{64}", "sha256: " + hash);
        refused("cannot load the weights");
    }

    private void refused(String part) {
        Fault fault = assertThrows(Fault.class, () -> new DjlClassifier(Model.load(folder)).close());
        assertTrue(fault.getMessage().contains(part), fault::getMessage);
    }

    private void describe(String what, String instead) throws IOException {
        Path yaml = folder.resolve("model.yaml");
        String before = Files.readString(yaml);
        String regex = what.startsWith("sha256") ? what : java.util.regex.Pattern.quote(what);
        String after = before.replaceFirst(regex, instead);
        assertTrue(!after.equals(before), "nothing changed");
        Files.writeString(yaml, after);
    }

    private static byte[] resource(String name) throws IOException {
        try (var in = ModelTest.class.getResourceAsStream("/models/nsfw-mobilenet-v2/" + name)) {
            return in.readAllBytes();
        }
    }
}

package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.ModelInput;
import io.safelight.decode.ModelInput.Channels;
import io.safelight.decode.ModelInput.Layout;
import io.safelight.decode.ModelInput.Range;
import io.safelight.decode.ModelInput.Resize;
import io.safelight.error.Fault;
import io.safelight.moderate.Model.Output;
import io.safelight.moderate.djl.DjlClassifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertEquals(224, model.input().size());
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
        refused("do not take [N, 3, 299, 299] and give [N, 5], as model.yaml states");
    }

    @Test
    void refusesADescriptionWithGapsOrSurprises() throws IOException {
        describe("name: nsfw-mobilenet-v2", "nom: nsfw-mobilenet-v2");
        refused("nom");
        copyTheShippedModel();
        describe("layout: NCHW", "layout: NHWC");
        refused("do not take [N, 224, 224, 3]");
        copyTheShippedModel();
        describe("weights: ", "weights: ../");
        refused("write the name of an ONNX file in the same folder");
        copyTheShippedModel();
        describe("[drawing, hentai, neutral, porn, sexy]", "[drawing, drawing]");
        refused("labels in model.yaml is [\"drawing\",\"drawing\"]; list two or more different names");
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

    @Test
    void ownModelsComeBeforeShippedOnes() throws IOException {
        Path own = Files.createDirectories(folder.resolve("models/nsfw-mobilenet-v2"));
        Files.copy(folder.resolve(WEIGHTS), own.resolve(WEIGHTS));
        describe("version: \"4.4.0-u8\"", "version: \"ours\"");
        Files.copy(folder.resolve("model.yaml"), own.resolve("model.yaml"));

        assertEquals("nsfw-mobilenet-v2@ours", Model.find("nsfw-mobilenet-v2", own.getParent()).id());
        assertEquals("nsfw-mobilenet-v2@4.4.0-u8", Model.find("nsfw-mobilenet-v2", folder.resolve("nothing")).id());
        assertEquals(299, Model.find("nsfw-inception-v3", own.getParent()).input().size());
    }

    @Test
    void listsTheModelsThereAreWhereThereIsNoneOfAName() throws IOException {
        Path models = folder.resolve("models");
        Files.createDirectories(models.resolve("cats"));

        for (String name : List.of("dogs", "../models/cats", "")) {
            Fault fault = assertThrows(Fault.class, () -> Model.find(name, models));
            assertTrue(fault.getMessage().contains("there are cats, nsfw-inception-v3, nsfw-mobilenet-v2. Put its folder"), fault::getMessage);
        }
    }

    /** So that two versions of a model can stand side by side. */
    @Test
    void findsAModelByItsFolderWhateverItIsCalledItself() throws IOException {
        Path own = Files.createDirectories(folder.resolve("models/cats"));
        Files.move(folder.resolve(WEIGHTS), own.resolve(WEIGHTS));
        Files.move(folder.resolve("model.yaml"), own.resolve("model.yaml"));

        assertEquals(Model.shipped().id(), Model.find("cats", own.getParent()).id());
        assertTrue(assertThrows(Fault.class, () -> Model.find("dogs", own.getParent())).getMessage()
                .startsWith("There is no model 'dogs'; there are cats, nsfw-inception-v3, nsfw-mobilenet-v2."));
    }

    @Test
    void readsHowToMakeTheInput() throws IOException {
        describe("layout: NCHW", "layout: NHWC");
        describe("channels: RGB", "channels: BGR");
        describe("range: \"0..1\"", "range: \"-1..1\"\n  mean: [1, 2, 3]\n  std: [4, 5, 6.5]");
        describe("resize: bilinear-aligned-corners", "resize: center-crop");
        describe("output: probabilities", "output: logits");
        Model model = Model.load(folder);

        assertEquals(new ModelInput(224, Layout.NHWC, Channels.BGR, Range.MINUS_ONE_TO_ONE, List.of(1f, 2f, 3f), List.of(4f, 5f, 6.5f), Resize.CENTER_CROP), model.input());
        assertEquals(Output.LOGITS, model.output());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "size: 224                | size: 0             | input.size in model.yaml is 0; write a whole number from 1 to 1024",
        "size: 224                | size: big           | input.size in model.yaml is \"big\"; write a whole number",
        "layout: NCHW             | layout: HWC         | input.layout in model.yaml is \"HWC\"; write one of NCHW, NHWC",
        "channels: RGB            | #                   | input.channels in model.yaml is missing; write one of BGR, RGB",
        "range: \"0..1\"        | range: 1            | input.range in model.yaml is 1; write one of -1..1, 0..1, 0..255",
        "range: \"0..1\"        | range: \"0..1\" //   mean: [1, 2] | input.mean in model.yaml is [1,2]; write three numbers",
        "range: \"0..1\"        | range: \"0..1\" //   std: [1, 0, 1] | input.std in model.yaml is [1,0,1]; write deviations other than 0",
        "range: \"0..1\"        | range: \"0..1\" //   crop: 7 | input.crop, which nothing reads; use some of [channels, layout",
        "resize: bilinear-aligned-corners | resize: nearest | write one of bilinear, bilinear-aligned-corners, center-crop",
        "output: probabilities    | output: percent     | output in model.yaml is \"percent\"; write one of logits, probabilities",
        "name: nsfw-mobilenet-v2  | name: a@b           | name in model.yaml is \"a@b\"; write small letters",
        "version: \"4.4.0-u8\"  | version: [1]        | version in model.yaml is [1]; write letters",
        "weights: nsfw            | weights: gone       | the weights gone_mobilenet_v2_u8.onnx cannot be read; put them there",
        "sha256: 722156           | sha256: zz2156      | write the 64 digits that 'sha256sum nsfw_mobilenet_v2_u8.onnx' prints",
        "input:                   | input: [] // none:   | none, which nothing reads",
    })
    void saysWhichKeyIsWrongAndWhatToWrite(String right, String wrong, String message) throws IOException {
        describe(right, wrong.replace(" // ", "\n"));
        refused(message);
    }

    private void refused(String part) {
        Fault fault = assertThrows(Fault.class, () -> new DjlClassifier(Model.load(folder), Placement.DEFAULT).close());
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

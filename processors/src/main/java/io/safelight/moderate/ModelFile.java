package io.safelight.moderate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.safelight.decode.ModelInput;
import io.safelight.decode.ModelInput.Channels;
import io.safelight.decode.ModelInput.Layout;
import io.safelight.decode.ModelInput.Range;
import io.safelight.decode.ModelInput.Resize;
import io.safelight.error.Fault;
import io.safelight.moderate.Model.Output;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A {@code model.yaml}. Each mistake is told in a sentence that names the file, the key and what to write. */
final class ModelFile {
    static final String NAME = "model.yaml";
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Set<String> KEYS = Set.of("name", "version", "weights", "sha256", "input", "output", "labels", "licence", "source");
    private static final Set<String> INPUT_KEYS = Set.of("size", "layout", "channels", "range", "mean", "std", "resize");
    private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._-]*";
    private static final int MOST_SIZE = 1024;
    private static final Map<String, Layout> LAYOUTS = Map.of("NCHW", Layout.NCHW, "NHWC", Layout.NHWC);
    private static final Map<String, Channels> CHANNELS = Map.of("RGB", Channels.RGB, "BGR", Channels.BGR);
    private static final Map<String, Range> RANGES = Map.of("0..1", Range.ZERO_TO_ONE, "-1..1", Range.MINUS_ONE_TO_ONE, "0..255", Range.LEVELS);
    private static final Map<String, Resize> RESIZES = Map.of("bilinear-aligned-corners", Resize.BILINEAR_ALIGNED_CORNERS, "bilinear", Resize.BILINEAR,
            "center-crop", Resize.CENTER_CROP);
    private static final Map<String, Output> OUTPUTS = Map.of("probabilities", Output.PROBABILITIES, "logits", Output.LOGITS);

    private final String folder;
    private final JsonNode root;

    private ModelFile(String folder, JsonNode root) {
        this.folder = folder;
        this.root = root;
    }

    /** @throws Fault for the first mistake */
    static Model load(String where, Model.Folder folder) {
        JsonNode root;
        try {
            root = YAML.readTree(folder.read(NAME));
        } catch (JsonProcessingException e) {
            throw new Fault("%s: %s cannot be understood: %s; correct it.".formatted(where, NAME, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new Fault("%s: %s cannot be read; put it there.".formatted(where, NAME), e);
        }
        return new ModelFile(where, root).model(folder);
    }

    private Model model(Model.Folder files) {
        onlyKeys("", root, KEYS);
        if (!root.path("input").isObject()) {
            throw wrong("input", "write size, layout, channels, range and resize below it");
        }
        onlyKeys("input.", root.path("input"), INPUT_KEYS);
        String name = text("name", "[a-z0-9][a-z0-9._-]*", "write small letters, digits, dots and dashes");
        String version = text("version", WORD, "write letters, digits, dots and dashes, in quotes");
        List<Float> std = numbers("input.std", 1);
        if (std.contains(0f)) {
            throw wrong("input.std", "write deviations other than 0");
        }
        ModelInput input = new ModelInput(size(), one("input.layout", LAYOUTS), one("input.channels", CHANNELS), one("input.range", RANGES),
                numbers("input.mean", 0), std, one("input.resize", RESIZES));
        Output output = one("output", OUTPUTS);
        List<String> labels = labels();
        String weights = text("weights", WORD, "write the name of an ONNX file in the same folder");
        return new Model(folder, name, version, input, output, labels, weights(files, weights));
    }

    private byte[] weights(Model.Folder files, String weights) {
        String stated = text("sha256", "[0-9a-fA-F]{64}", "write the 64 digits that 'sha256sum %s' prints".formatted(weights));
        byte[] bytes;
        try {
            bytes = files.read(weights);
        } catch (IOException e) {
            throw new Fault("%s: the weights %s cannot be read; put them there, or correct weights in %s.".formatted(folder, weights, NAME), e);
        }
        String sha256 = sha256(bytes);
        if (!sha256.equalsIgnoreCase(stated)) {
            throw new Fault("%s: sha256 of %s is %s, not %s as %s states; fetch the weights again, or correct sha256 if they are the right ones."
                    .formatted(folder, weights, sha256, stated, NAME));
        }
        return bytes;
    }

    private void onlyKeys(String prefix, JsonNode node, Set<String> known) {
        Set<String> unknown = new TreeSet<>();
        node.fieldNames().forEachRemaining(key -> {
            if (!known.contains(key)) {
                unknown.add(prefix + key);
            }
        });
        if (!unknown.isEmpty()) {
            throw new Fault("%s: %s has %s, which nothing reads; use some of %s.".formatted(folder, NAME, String.join(", ", unknown), new TreeSet<>(known)));
        }
    }

    private int size() {
        JsonNode size = at("input.size");
        if (!size.isInt() || size.intValue() < 1 || size.intValue() > MOST_SIZE) {
            throw wrong("input.size", "write a whole number from 1 to " + MOST_SIZE);
        }
        return size.intValue();
    }

    private String text(String key, String pattern, String fix) {
        JsonNode value = at(key);
        if (!value.isValueNode() || value.isNull() || !value.asText().matches(pattern)) {
            throw wrong(key, fix);
        }
        return value.asText();
    }

    private <T> T one(String key, Map<String, T> choices) {
        return Optional.ofNullable(choices.get(at(key).asText())).orElseThrow(() -> wrong(key, "write one of " + String.join(", ", new TreeSet<>(choices.keySet()))));
    }

    /** Of each channel. */
    private List<Float> numbers(String key, float otherwise) {
        JsonNode list = at(key);
        if (list.isMissingNode()) {
            return List.of(otherwise, otherwise, otherwise);
        }
        List<Float> numbers = new ArrayList<>();
        list.forEach(number -> numbers.add(number.isNumber() ? number.floatValue() : Float.NaN));
        if (numbers.size() != ModelInput.CHANNELS || numbers.contains(Float.NaN)) {
            throw wrong(key, "write three numbers, such as [0.485, 0.456, 0.406], in the order of channels");
        }
        return numbers;
    }

    private List<String> labels() {
        List<String> labels = new ArrayList<>();
        at("labels").forEach(label -> labels.add(label.isValueNode() && !label.isNull() ? label.asText() : ""));
        if (labels.size() < 2 || new HashSet<>(labels).size() < labels.size() || labels.stream().anyMatch(label -> label.isBlank() || label.contains("/"))) {
            throw wrong("labels", "list two or more different names without a slash, in the order of the model's output");
        }
        return List.copyOf(labels);
    }

    private JsonNode at(String key) {
        JsonNode node = root;
        for (String part : key.split("\\.")) {
            node = node.path(part);
        }
        return node;
    }

    private Fault wrong(String key, String fix) {
        JsonNode value = at(key);
        return new Fault("%s: %s in %s %s; %s.".formatted(folder, key, NAME, value instanceof MissingNode ? "is missing" : "is " + value, fix));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.safelight.moderate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.safelight.error.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;

/**
 * A classifier's weights and what has to be known to use them, from a folder with a {@code model.yaml}.
 *
 * @param inputSize pixels on either side of the square input, [N, 3, size, size] floats in 0..1
 * @param labels    in the order of the output, [N, labels]
 * @param weights   an ONNX file
 */
public record Model(String name, String version, int inputSize, List<String> labels, byte[] weights) {
    private static final String SHIPPED = "/models/nsfw-mobilenet-v2/";
    private static final String DESCRIPTION = "model.yaml";
    private static final YAMLMapper YAML = new YAMLMapper();

    /** Reads one file of the model's folder by its name. */
    private interface Folder {
        byte[] read(String name) throws IOException;
    }

    private record Input(int size, String layout, String range, String resize) {}

    private record Description(String name, String version, String weights, String sha256, Input input,
                               List<String> labels, String licence, String source) {}

    /** The model in the jar. */
    public static Model shipped() {
        return load("the shipped model", name -> {
            try (InputStream in = Model.class.getResourceAsStream(SHIPPED + name)) {
                if (in == null) {
                    throw new IOException(SHIPPED + name + " is not in the jar");
                }
                return in.readAllBytes();
            }
        });
    }

    /** @throws Fault saying which part of the model does not fit the others */
    public static Model load(Path folder) {
        return load(folder.toString(), name -> Files.readAllBytes(folder.resolve(name)));
    }

    /** How evidence names the model: {@code name@version}. */
    public String id() {
        return name + "@" + version;
    }

    private static Model load(String where, Folder folder) {
        Description description;
        try {
            description = YAML.readValue(folder.read(DESCRIPTION), Description.class);
        } catch (JsonProcessingException e) {
            throw new Fault("%s: %s cannot be understood: %s; correct it.".formatted(where, DESCRIPTION, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new Fault("%s: %s cannot be read; put it there.".formatted(where, DESCRIPTION), e);
        }
        check(description, where);
        byte[] weights;
        try {
            weights = folder.read(description.weights);
        } catch (IOException e) {
            throw new Fault("%s: the weights %s cannot be read; put them there.".formatted(where, description.weights), e);
        }
        String sha256 = sha256(weights);
        demand(sha256.equalsIgnoreCase(description.sha256), where,
                "sha256 of %s is %s, not %s as stated; fetch the weights again".formatted(description.weights, sha256, description.sha256));
        return new Model(description.name, description.version, description.input.size, List.copyOf(description.labels), weights);
    }

    private static void check(Description d, String where) {
        demand(d.name != null && d.version != null && d.weights != null && d.sha256 != null && d.input != null && d.labels != null, where,
                "name, version, weights, sha256, input and labels must all be given");
        demand(Path.of(d.weights).getNameCount() == 1 && !d.weights.startsWith("."), where, "weights must be the name of a file in the same folder");
        demand(d.input.size > 0 && d.input.size <= 1024, where, "input.size must be 1 to 1024");
        demand("NCHW".equals(d.input.layout) && "0..1".equals(d.input.range) && "bilinear-aligned-corners".equals(d.input.resize), where,
                "input must have layout NCHW, range 0..1 and resize bilinear-aligned-corners, as no other is made here");
        demand(d.labels.size() > 1 && new HashSet<>(d.labels).size() == d.labels.size() && d.labels.stream().noneMatch(l -> l == null || l.isBlank()),
                where, "labels must be two or more different names");
    }

    private static void demand(boolean holds, String where, String rule) {
        if (!holds) {
            throw new Fault("%s: %s.".formatted(where, rule));
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

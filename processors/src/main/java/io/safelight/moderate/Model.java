package io.safelight.moderate;

import io.safelight.decode.ModelInput;
import io.safelight.error.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A classifier's weights and what has to be known to use them, from a folder with a {@code model.yaml} (docs/how-to/own-model.md).
 *
 * @param from    the folder, for messages
 * @param output  what the numbers are, [N, labels]
 * @param labels  in the order of the output
 * @param weights an ONNX file
 */
public record Model(String from, String name, String version, ModelInput input, Output output, List<String> labels, byte[] weights) {
    /** The name of the one that is used where none is asked for. */
    public static final String DEFAULT = "nsfw-mobilenet-v2";
    private static final List<String> SHIPPED = List.of(DEFAULT, "nsfw-inception-v3");
    private static final String NAME = "[a-z0-9][a-z0-9._-]*";

    /** What a model's numbers are. */
    public enum Output {
        PROBABILITIES,
        /** To be made probabilities by softmax. */
        LOGITS
    }

    /** Reads one file of the model's folder by its name. */
    interface Folder {
        byte[] read(String name) throws IOException;
    }

    /** The default model, from the jar. */
    public static Model shipped() {
        return shipped(DEFAULT);
    }

    private static Model shipped(String name) {
        return ModelFile.load("the shipped model " + name, file -> {
            String path = "/models/%s/%s".formatted(name, file);
            try (InputStream in = Model.class.getResourceAsStream(path)) {
                if (in == null) {
                    throw new IOException(path + " is not in the jar");
                }
                return in.readAllBytes();
            }
        });
    }

    /** @throws Fault saying which part of the model does not fit the others, and what to write instead */
    public static Model load(Path folder) {
        return ModelFile.load(folder.toString(), file -> Files.readAllBytes(folder.resolve(file)));
    }

    /**
     * The model of the folder with this name, or else the shipped one.
     *
     * @param modelsFolder where operators put theirs; need not exist
     * @throws Fault listing what there is where there is none of this name, or as {@link #load}
     */
    public static Model find(String name, Path modelsFolder) {
        Path folder = name.matches(NAME) ? modelsFolder.resolve(name) : null;
        if (folder != null && Files.isDirectory(folder)) {
            return load(folder);
        }
        if (SHIPPED.contains(name)) {
            return shipped(name);
        }
        throw new Fault("There is no model '%s'; there are %s. Put its folder, with a %s in it, into %s."
                .formatted(name, String.join(", ", names(modelsFolder)), ModelFile.NAME, modelsFolder));
    }

    private static Set<String> names(Path modelsFolder) {
        Set<String> names = folders(modelsFolder);
        names.addAll(SHIPPED);
        return names;
    }

    /** The names of the folders in which a model may be; to be changed as one likes. */
    static Set<String> folders(Path modelsFolder) {
        Set<String> names = new TreeSet<>();
        if (Files.isDirectory(modelsFolder)) {
            try (Stream<Path> folders = Files.list(modelsFolder)) {
                folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString()).filter(name -> name.matches(NAME)).forEach(names::add);
            } catch (IOException e) {
                throw new Fault("The folder %s cannot be read; let this process list it.".formatted(modelsFolder), e);
            }
        }
        return names;
    }

    /** How evidence names the model: {@code name@version}. */
    public String id() {
        return name + "@" + version;
    }
}

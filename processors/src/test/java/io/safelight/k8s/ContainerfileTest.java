package io.safelight.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the images hold is what the manifests and the launcher look for. */
class ContainerfileTest {
    private static final String PINNED = ".+@sha256:[0-9a-f]{64}";

    /** The instructions of a Containerfile, a line each. */
    private record Containerfile(List<Instruction> instructions) {
        record Instruction(String name, List<String> words) {}

        static Containerfile read(String file) throws IOException {
            String text = Files.readString(Path.of(file)).replace("\\\n", " ");
            return new Containerfile(text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).map(String::strip)
                    .map(line -> List.of(line.split("\\s+"))).map(words -> new Instruction(words.getFirst(), words.subList(1, words.size()))).toList());
        }

        Stream<List<String>> all(String name) {
            return instructions.stream().filter(instruction -> instruction.name.equals(name)).map(Instruction::words);
        }

        /** What becomes the image. */
        Containerfile lastStage() {
            int from = instructions.stream().map(Instruction::name).toList().lastIndexOf("FROM");
            return new Containerfile(instructions.subList(from, instructions.size()));
        }

        String one(String name) {
            return String.join(" ", all(name).findFirst().orElse(List.of("no", name)));
        }

        boolean sets(String variable) {
            return all("ENV").anyMatch(words -> words.contains(variable));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Containerfile", "Containerfile.gpu"})
    void runsAsTheManifestsHaveIt(String file) throws IOException {
        Containerfile image = Containerfile.read(file).lastStage();
        JsonNode pod = new YAMLMapper().readTree(Path.of("k8s/process/process.yaml").toFile()).at("/spec/template/spec");
        assertEquals(pod.at("/securityContext/runAsUser").asText() + ":" + pod.at("/securityContext/runAsGroup").asText(), image.one("USER"));
        assertEquals(pod.at("/containers/0/ports/0/containerPort").asText(), image.one("EXPOSE"));
        for (JsonNode mount : pod.at("/containers/0/volumeMounts")) {
            String path = mount.path("mountPath").asText();
            assertTrue(path.startsWith(image.one("WORKDIR") + "/") || Set.of("/tmp", image.one("VOLUME")).contains(path), path);
        }
        assertTrue(image.sets("SAFELIGHT_DATA=" + image.one("VOLUME")), "the data is elsewhere than its volume");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Containerfile", "Containerfile.gpu"})
    void holdsWhatTheLauncherRuns(String file) throws IOException {
        Containerfile image = Containerfile.read(file).lastStage();
        String launcher = Files.readString(Path.of("safelight"));
        assertEquals("[\"./safelight\"]", image.one("ENTRYPOINT"));
        assertEquals("[\"run\"]", image.one("CMD"));
        assertTrue(launcher.contains("\n  run) "), "the launcher knows no 'run'");
        assertTrue(launcher.contains("JAR=target/safelight/safelight.jar CACHE=target/safelight/safelight.aot"), "the launcher looks elsewhere for what it runs");
        String copied = String.join("\n", image.all("COPY").map(words -> String.join(" ", words) + " ").toList());
        for (String needed : List.of("safelight ", " jvm ", " .native ", "target/safelight", "routes routes ", "kamelets kamelets ", "config config ")) {
            assertTrue(copied.contains(needed), () -> "nothing is copied to '" + needed + "'");
        }
        assertTrue(image.sets("JAVA_HOME=" + image.one("WORKDIR") + "/jvm"), "the JVM is elsewhere than JAVA_HOME");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Containerfile", "Containerfile.gpu"})
    void isBuiltOnWhatIsPinned(String file) throws IOException {
        Set<String> known = new HashSet<>();
        List<String> loose = new ArrayList<>();
        for (Containerfile.Instruction instruction : Containerfile.read(file).instructions()) {
            List<String> words = instruction.words();
            if (instruction.name().equals("ARG") && words.getFirst().matches(PINNED)) {
                known.add("${" + words.getFirst().replaceFirst("=.*", "}"));
            } else if (instruction.name().equals("FROM")) {
                if (!known.contains(words.getFirst()) && !words.getFirst().matches(PINNED)) {
                    loose.add(words.getFirst());
                }
                known.add(words.getLast());
            }
        }
        assertEquals(List.of(), loose);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Containerfile", "Containerfile.gpu"})
    void copiesOnlyWhatIsNotIgnored(String file) throws IOException {
        List<String> sent = Files.readAllLines(Path.of(".containerignore")).stream().filter(line -> line.startsWith("!")).map(line -> line.substring(1)).toList();
        List<String> copied = Containerfile.read(file).all("COPY").filter(words -> !words.getFirst().startsWith("--"))
                .flatMap(words -> words.subList(0, words.size() - 1).stream()).toList();
        assertEquals(List.of(), copied.stream().filter(source -> sent.stream().noneMatch(root -> source.equals(root) || source.startsWith(root + "/"))).toList());
        assertEquals(List.of(), copied.stream().filter(source -> !Files.exists(Path.of(source))).toList());
    }
}

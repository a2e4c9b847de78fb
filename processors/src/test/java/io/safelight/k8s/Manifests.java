package io.safelight.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;

/** All objects of one overlay, and what the rules ask of them. */
record Manifests(List<ObjectNode> objects) {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String LABEL = "app.kubernetes.io/";

    /**
     * What makes pods, seen as one of them.
     *
     * @param name of the Deployment, StatefulSet or Job
     */
    record Pod(String name, ObjectNode owner, JsonNode template) {
        JsonNode labels() {
            return template.at("/metadata/labels");
        }

        JsonNode spec() {
            return template.path("spec");
        }

        /** A process of Safelight, and no server or set-up beside it. */
        boolean isOurs() {
            return labels().path(LABEL + "part-of").asText().equals("safelight");
        }

        String group() {
            return labels().path(LABEL + "component").asText(name);
        }

        boolean isSelectedBy(JsonNode selector) {
            for (Map.Entry<String, JsonNode> label : selector.path("matchLabels").properties()) {
                if (!labels().path(label.getKey()).equals(label.getValue())) {
                    return false;
                }
            }
            for (JsonNode expression : selector.path("matchExpressions")) {
                boolean listed = texts(expression.path("values")).contains(labels().path(expression.path("key").asText()).asText());
                if (!expression.path("operator").asText().equals("In") || !listed) {
                    return false;
                }
            }
            return true;
        }

        List<JsonNode> containers() {
            return Stream.concat(list(spec().path("initContainers")).stream(), list(spec().path("containers")).stream()).toList();
        }

        /** The one in which Safelight runs; missing where the pod is not ours. */
        JsonNode safelight() {
            return list(spec().path("containers")).stream().filter(c -> c.path("name").asText().equals("safelight")).findFirst()
                    .orElseGet(YAML::missingNode);
        }

        /** By its name, or none of that name. */
        Optional<Integer> port(String port) {
            return list(spec().path("containers")).stream().flatMap(c -> list(c.path("ports")).stream())
                    .filter(p -> p.path("name").asText().equals(port)).map(p -> p.path("containerPort").asInt()).findFirst();
        }

        boolean listensOn(int port) {
            return list(spec().path("containers")).stream()
                    .flatMap(c -> list(c.path("ports")).stream()).anyMatch(p -> p.path("containerPort").asInt() == port);
        }
    }

    /** Of this checkout. */
    static Manifests render(String overlay) throws IOException, InterruptedException {
        return render(Path.of("").toAbsolutePath(), overlay);
    }

    /** Skips the test, loudly, where there is no kubectl. */
    static Manifests render(Path checkout, String overlay) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder("kubectl", "kustomize", "k8s/overlays/" + overlay).directory(checkout.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw Assumptions.<RuntimeException>abort("SKIPPED, NOT TESTED: kubectl is not here; install it to have the manifests tested");
        }
        List<ObjectNode> objects = YAML.readerFor(ObjectNode.class).<ObjectNode>readValues(process.getInputStream()).readAll();
        if (process.waitFor() != 0) {
            throw new IOException("k8s/overlays/" + overlay + " cannot be rendered; see what kubectl said");
        }
        return new Manifests(objects);
    }

    Manifests copy() {
        return new Manifests(new ArrayList<>(objects.stream().map(ObjectNode::deepCopy).toList()));
    }

    List<ObjectNode> all(String kind) {
        return objects.stream().filter(o -> o.path("kind").asText().equals(kind)).toList();
    }

    /** Found by the name it has before a hash of the content is put behind it, too. */
    Optional<ObjectNode> find(String kind, String name) {
        return all(kind).stream().filter(o -> name(o).equals(name) || withoutHash(name(o)).equals(name)).findFirst();
    }

    List<Pod> pods() {
        return Stream.of("Deployment", "StatefulSet", "Job").flatMap(kind -> all(kind).stream())
                .map(object -> new Pod(name(object), object, object.at("/spec/template"))).toList();
    }

    static String name(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    static String withoutHash(String name) {
        return name.replaceFirst("-[a-z0-9]{10}$", "");
    }

    static List<JsonNode> list(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false).toList();
    }

    static List<String> texts(JsonNode node) {
        return list(node).stream().map(JsonNode::asText).toList();
    }
}

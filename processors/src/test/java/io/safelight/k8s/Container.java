package io.safelight.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Quantity;
import io.safelight.it.SafelightClient;
import io.safelight.k8s.Manifests.Pod;
import io.safelight.servers.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Safelight's container of one pod, run by podman with what the pod's manifest says. All of them share one network, and only loopback is listened on. */
final class Container implements AutoCloseable {
    /** No more than a machine has to give that is confined itself. */
    private static final List<String> ULIMITS = List.of("--ulimit", "nofile=16384:16384", "--ulimit", "nproc=16384:16384");
    private static final Duration TICK = Duration.ofMillis(500);

    private final Pod pod;
    private final Path folder;
    private final Path log;
    private final String id;
    private final SafelightClient client;
    private Cgroup cgroup;
    private Thread watcher;
    private long begun;
    private long ready;
    private volatile long most;

    /**
     * @param folder      of its volumes
     * @param environment all of it
     * @param configMaps  the data of one, by its name
     */
    Container(String image, Pod pod, Path folder, int port, Map<String, String> environment, Function<String, JsonNode> configMaps) throws IOException, InterruptedException {
        this.pod = pod;
        this.folder = Files.createDirectories(folder);
        this.log = folder.resolve("log");
        this.client = new SafelightClient(URI.create("http://127.0.0.1:" + port));
        Path variables = folder.resolve("environment");
        Files.write(variables, environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
        List<String> command = new ArrayList<>(List.of("create", "--network", "host", "--log-driver", "k8s-file", "--log-opt", "path=" + log, "--env-file", variables.toString()));
        command.addAll(ULIMITS);
        command.addAll(confinement());
        for (JsonNode mount : pod.safelight().path("volumeMounts")) {
            command.addAll(List.of("--volume", source(mount, configMaps) + ":" + mount.path("mountPath").asText() + (mount.path("readOnly").asBoolean() ? ":ro" : "")));
        }
        command.add(image);
        String[] said = podman(command.toArray(String[]::new)).strip().split("\n");
        id = said[said.length - 1];
    }

    private List<String> confinement() {
        JsonNode user = pod.spec().path("securityContext");
        JsonNode security = pod.safelight().path("securityContext");
        List<String> options = new ArrayList<>(List.of("--user", user.path("runAsUser").asText() + ":" + user.path("runAsGroup").asText(),
                "--memory", String.valueOf(memoryLimit()), "--memory-swap", String.valueOf(memoryLimit()),
                "--cpus", String.valueOf(Math.min(cpuLimit(), Runtime.getRuntime().availableProcessors()))));
        if (security.path("readOnlyRootFilesystem").asBoolean()) {
            // without the folders that podman would make writable by itself
            options.addAll(List.of("--read-only", "--read-only-tmpfs=false"));
        }
        if (!security.path("allowPrivilegeEscalation").asBoolean(true)) {
            options.addAll(List.of("--security-opt", "no-new-privileges"));
        }
        security.at("/capabilities/drop").forEach(capability -> options.addAll(List.of("--cap-drop", capability.asText())));
        return options;
    }

    /** The file or folder of this machine that is mounted there. */
    private Path source(JsonNode mount, Function<String, JsonNode> configMaps) throws IOException, InterruptedException {
        String name = mount.path("name").asText();
        JsonNode volume = Manifests.list(pod.spec().path("volumes")).stream().filter(v -> v.path("name").asText().equals(name)).findFirst().orElseThrow();
        Path source = folder.resolve("volumes").resolve(name);
        if (!Files.exists(source)) {
            Files.createDirectories(source);
            if (volume.has("configMap")) {
                JsonNode configMap = configMaps.apply(volume.at("/configMap/name").asText());
                for (Map.Entry<String, JsonNode> file : configMap.path("data").properties()) {
                    Files.writeString(source.resolve(file.getKey()), file.getValue().asText());
                }
                for (Map.Entry<String, JsonNode> file : configMap.path("binaryData").properties()) {
                    Files.write(source.resolve(file.getKey()), Base64.getMimeDecoder().decode(file.getValue().asText()));
                }
            } else if (volume.has("emptyDir")) {
                Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxrwxrwx"));
            } else {
                throw new IllegalStateException(pod.name() + " has a volume of which this trial knows nothing: " + volume);
            }
        }
        return mount.has("subPath") ? source.resolve(mount.path("subPath").asText()) : source;
    }

    void start() throws IOException, InterruptedException {
        begun = System.nanoTime();
        podman("start", id);
        cgroup = Cgroup.of(Long.parseLong(inspect("{{.State.Pid}}")));
        watcher = Thread.ofVirtual().start(() -> {
            while (cgroup.isThere()) {
                most = Math.max(most, cgroup.workingSet());
                try {
                    Thread.sleep(TICK);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
    }

    /** As the kubelet does: by the startup probe for as long as that gives it, and then by the one of readiness. */
    void awaitReady() {
        JsonNode startup = pod.safelight().path("startupProbe");
        Duration patience = Duration.ofSeconds(startup.path("periodSeconds").asLong() * startup.path("failureThreshold").asLong());
        for (String probe : List.of("startupProbe", "readinessProbe")) {
            String path = pod.safelight().path(probe).at("/httpGet/path").asText();
            Awaitility.await(pod.name() + " to answer at " + path).atMost(patience).pollInterval(TICK)
                    .failFast(pod.name() + " ended; its log is in " + log, () -> !isRunning()).ignoreExceptions().until(() -> client.get(path).statusCode() == 200);
        }
        ready = System.nanoTime();
    }

    /** Tells it to end as the kubelet does. @return its exit code */
    int stop() throws IOException, InterruptedException {
        podman("stop", "--time", pod.spec().path("terminationGracePeriodSeconds").asText(), id);
        return Integer.parseInt(inspect("{{.State.ExitCode}}"));
    }

    boolean isRunning() throws IOException, InterruptedException {
        return inspect("{{.State.Running}}").equals("true");
    }

    SafelightClient client() {
        return client;
    }

    Pod pod() {
        return pod;
    }

    Path log() {
        return log;
    }

    /** In bytes. */
    long memoryLimit() {
        return limit("memory").longValue();
    }

    /** In CPUs. */
    double cpuLimit() {
        return limit("cpu").doubleValue();
    }

    private Number limit(String resource) {
        return Quantity.getAmountInBytes(Quantity.parse(pod.safelight().at("/resources/limits").path(resource).asText()));
    }

    /** The most it has used so far, in bytes, as the kubelet counts: what could be taken back from it at once is not in it. */
    long memory() {
        return most;
    }

    Duration toReady() {
        return Duration.ofNanos(ready - begun);
    }

    private String inspect(String what) throws IOException, InterruptedException {
        return podman("inspect", "--format", what, id).strip();
    }

    private static String podman(String... arguments) throws IOException, InterruptedException {
        return TestServer.run(Path.of("").toAbsolutePath(), Map.of(), Stream.concat(Stream.of("podman"), Stream.of(arguments)).toList());
    }

    @Override
    public void close() throws Exception {
        if (watcher != null) {
            watcher.interrupt();
        }
        podman("rm", "--force", "--volumes", "--time", "0", id);
    }
}

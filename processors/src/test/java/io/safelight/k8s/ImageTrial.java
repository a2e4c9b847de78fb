package io.safelight.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.intake.Spool;
import io.safelight.it.SafelightClient;
import io.safelight.it.TestImages;
import io.safelight.k8s.Manifests.Pod;
import io.safelight.model.State;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Process;
import io.safelight.testing.KubernetesApi;
import io.safelight.testing.Ports;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.opentest4j.TestAbortedException;

/**
 * What {@code ./safelight image} tries last: the main job with a container for each Deployment of {@code k8s/base}, each with the limits, the
 * environment, the mounts and the rights of its manifest, on a broker, a database and a store of this machine. The addresses and passwords of those
 * are all that differs, and the port, as all containers share one network; who asks for a lease gets it of an API of Kubernetes in this process.
 * Exits with 0 where every image was served and nobody died.
 */
final class ImageTrial implements AutoCloseable {
    private static final Path FOLDER = Path.of("target/image-trial").toAbsolutePath();
    private static final int PICTURES = 60;
    private static final int ONE_IN_MANY_IS_LARGE = 10;
    private static final String KEY = "trial:a key of this trial alone";
    private static final long MIB = 1 << 20;

    private final String image;
    private final Manifests base = Manifests.render("../base");
    private final Manifests local = Manifests.render("local");
    private final Deque<AutoCloseable> begun = new ArrayDeque<>();
    private final Map<String, Container> containers = new LinkedHashMap<>();
    private KubernetesApi kubernetes;

    private ImageTrial(String image) throws IOException, InterruptedException {
        this.image = image;
    }

    /** @param arguments the image's name */
    public static void main(String... arguments) throws Exception {
        try (ImageTrial trial = new ImageTrial(arguments[0])) {
            trial.start();
            trial.work();
            trial.stop();
            trial.tell();
        } catch (TestAbortedException e) {
            System.err.println("!! The image was not tried with a container for each group: " + e.getMessage());
        }
        Spool.delete(FOLDER);
    }

    private void start() throws Exception {
        Spool.delete(FOLDER);
        RabbitMqServer broker = begin(RabbitMqServer.start(Files.createDirectories(FOLDER.resolve("rabbitmq"))));
        PostgresServer database = begin(PostgresServer.start());
        S3Process store = begin(S3Process.start(FOLDER.resolve("s3")));
        kubernetes = begin(KubernetesApi.start());
        broker.setUp("/");
        Map<String, String> addresses = new TreeMap<>(Map.of(
                "QUARKUS_HTTP_HOST", "127.0.0.1",
                "SAFELIGHT_STORE_ENDPOINT", "http://127.0.0.1:" + store.port(),
                "SAFELIGHT_DATABASE_URL", database.url(),
                "SAFELIGHT_DATABASE_USERNAME", database.username(),
                "SAFELIGHT_DATABASE_PASSWORD", "none is asked for",
                "SAFELIGHT_SERVING_KEYS", KEY));
        broker.addUsers().forEach((group, address) -> addresses.put("SAFELIGHT_BROKER_URI of " + group, address));
        store.settings().forEach((key, value) -> addresses.put(key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"), value));
        List<Pod> pods = base.pods().stream().filter(Pod::isOurs).toList();
        List<Integer> ports = Ports.free(pods.size());
        for (int i = 0; i < pods.size(); i++) {
            if (pods.get(i).group().equals("metadata")) {
                addresses.put("SAFELIGHT_LIFECYCLE_METADATA_URL", "http://127.0.0.1:" + ports.get(i));
            }
        }
        for (int i = 0; i < pods.size(); i++) {
            Pod pod = pods.get(i);
            Map<String, String> environment = environment(pod, addresses);
            environment.put("QUARKUS_HTTP_PORT", String.valueOf(ports.get(i)));
            environment.putAll(kubernetes.environment());
            containers.put(pod.name(), begin(new Container(image, pod, FOLDER.resolve(pod.name()), ports.get(i), environment, this::configMap)));
        }
        for (Container container : containers.values()) {
            container.start();
        }
        for (Container container : containers.values()) {
            container.awaitReady();
            System.out.println("  " + container.pod().name() + " is ready");
        }
    }

    private <T extends AutoCloseable> T begin(T server) {
        begun.push(server);
        return server;
    }

    /** What the manifest says, with the addresses of this machine in place of those of the cluster. */
    private Map<String, String> environment(Pod pod, Map<String, String> addresses) {
        Map<String, String> environment = new TreeMap<>();
        for (JsonNode variable : pod.safelight().path("env")) {
            String name = variable.path("name").asText();
            String address = addresses.getOrDefault(name + " of " + pod.group(), addresses.get(name));
            environment.put(name, address != null ? address : value(variable));
        }
        return environment;
    }

    private String value(JsonNode variable) {
        JsonNode reference = variable.at("/valueFrom/configMapKeyRef");
        if (reference.isMissingNode()) {
            return variable.path("value").asText();
        }
        return configMap(reference.path("name").asText()).path("data").path(reference.path("key").asText()).asText();
    }

    /** One of the base, or what the overlay says of its servers. */
    private JsonNode configMap(String name) {
        return base.find("ConfigMap", name).or(() -> local.find("ConfigMap", name))
                .orElseThrow(() -> new IllegalStateException("there is no ConfigMap " + name));
    }

    // ---- what it is for

    private void work() throws Exception {
        SafelightClient ingress = containers.get("ingress").client();
        SafelightClient metadata = containers.get("metadata").client();
        List<String> ids = new ArrayList<>();
        for (int number = 1; number <= PICTURES; number++) {
            boolean large = number % ONE_IN_MANY_IS_LARGE == 0;
            ids.add(ingress.accepted("picture-" + number + ".jpg", large ? TestImages.jpeg(number, 6000, 4000) : TestImages.jpeg(number, 1600, 1200)));
        }
        System.out.println("  " + ids.size() + " pictures are accepted");
        SafelightClient serving = containers.get("serving").client();
        int served = 0;
        for (String id : ids) {
            for (JsonNode variant : metadata.awaitState(id, State.PUBLISHED).path("variants")) {
                expect(200, serving.get(variant.path("url").asText()));
                served++;
            }
        }
        JsonNode dead = metadata.getJson("/api/dead-letters").path("deadLetters");
        if (!dead.isEmpty()) {
            throw new IllegalStateException("there are dead letters: " + dead);
        }
        SafelightClient classify = containers.get("classify").client();
        expect(200, classify.send(classify.request("/classify").header("Content-Type", "image/jpeg").POST(BodyPublishers.ofByteArray(TestImages.jpeg(1, 640, 480)))));
        Awaitility.await("lifecycle to hold its lease").atMost(Duration.ofMinutes(1)).until(() -> kubernetes.holder("safelight-lifecycle").isPresent());
        System.out.println("  all are published; " + served + " files are served");
    }

    private static void expect(int status, HttpResponse<byte[]> response) {
        if (response.statusCode() != status) {
            throw new IllegalStateException(response.uri() + " answered " + response.statusCode() + ", not " + status + ": " + SafelightClient.text(response));
        }
    }

    /** Ends all of them as a drain of their node does, and demands that none has died before or dies of it. */
    private void stop() throws Exception {
        for (Container container : containers.values()) {
            String name = container.pod().name();
            if (!container.isRunning()) {
                throw new IllegalStateException(name + " has ended by itself; its log is " + container.log());
            }
            int code = container.stop();
            if (code != 0) {
                throw new IllegalStateException(name + " ended with " + code + " when it was told to; its log is " + container.log());
            }
        }
    }

    private void tell() throws IOException {
        System.out.printf("  all have drained and ended with 0%n%n  %-12s %6s %11s %11s %8s%n", "container", "CPUs", "memory, MiB", "at its most", "ready, s");
        for (Container container : containers.values()) {
            System.out.printf(Locale.ROOT, "  %-12s %6.1f %11d %11d %8.1f%n", container.pod().name(), container.cpuLimit(), container.memoryLimit() / MIB,
                    container.memory() / MIB, container.toReady().toMillis() / 1000.0);
        }
    }

    @Override
    public void close() throws Exception {
        while (!begun.isEmpty()) {
            begun.pop().close();
        }
    }
}

package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that share a lease of a Kubernetes API, which keeps objects and their versions as the real one does, and knows of pods what it is told. */
class KubernetesLeasesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String NAMESPACE = "safelight";

    @TempDir
    Path folder;

    private final KubernetesMockServer server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
    private final List<Process> processes = new ArrayList<>();
    private KubernetesClient kubernetes;

    @BeforeEach
    void start() {
        server.init();
        kubernetes = server.createClient();
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
        kubernetes.close();
        server.destroy();
    }

    @Test
    void oneProcessIsAtWorkAndAnotherTakesOverWhenThatIsKilled() throws Exception {
        Process one = launch("one");
        awaitAtWork("one");
        launch("two");
        awaitStandby("two", "one");
        assertEquals(List.of(), work("two"));

        one.destroyForcibly().waitFor();
        long killed = System.currentTimeMillis();
        // what the kubelet sees, and tells
        kubernetes.pods().inNamespace(NAMESPACE).withName("one").delete();

        awaitAtWork("two");
        assertEquals("two", holder());
        assertTrue(work("two").getFirst() > killed, "two were at work at the same time");
        assertTrue(work("one").getLast() <= killed);
    }

    @Test
    void aProcessThatEndsInPeaceGivesTheLeaseBack() throws Exception {
        Process one = launch("one");
        awaitAtWork("one");
        launch("two");
        awaitStandby("two", "one");
        assertEquals(List.of(), work("two"));

        one.destroy();
        one.waitFor();
        // its pod still counts as ready: nobody but itself can have said that it is gone
        awaitAtWork("two");

        assertEquals("two", holder());
        assertTrue(work("one").getLast() < work("two").getFirst(), "two were at work at the same time");
    }

    private Process launch(String pod) throws IOException {
        kubernetes.pods().inNamespace(NAMESPACE).resource(new PodBuilder()
                .withNewMetadata().withName(pod).addToLabels("app.kubernetes.io/part-of", "safelight").endMetadata()
                .withNewStatus().withPhase("Running").addNewCondition().withType("Ready").withStatus("True").endCondition().endStatus().build()).create();
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), LeaseHolder.class.getName(),
                "http://127.0.0.1:" + server.getPort(), pod, file(pod).toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve(pod + ".log").toFile()).start();
        processes.add(process);
        return process;
    }

    private Path file(String pod) {
        return folder.resolve(pod);
    }

    /** The moments at which this pod was at work, as it wrote them down, in milliseconds. */
    private List<Long> work(String pod) throws IOException {
        return lines(pod).stream().filter(line -> line.matches("[0-9]{13}")).map(Long::valueOf).toList();
    }

    private List<String> lines(String pod) throws IOException {
        return Files.exists(file(pod)) ? Files.readAllLines(file(pod)) : List.of();
    }

    private void awaitAtWork(String pod) {
        Awaitility.await(pod + " is at work; its log: " + folder.resolve(pod + ".log")).atMost(PATIENCE).until(() -> work(pod).size() > 5);
    }

    private void awaitStandby(String pod, String leader) {
        Awaitility.await(pod + " knows that " + leader + " leads; its log: " + folder.resolve(pod + ".log")).atMost(PATIENCE).until(() -> lines(pod).contains("leader " + leader));
    }

    private String holder() {
        return kubernetes.leases().inNamespace(NAMESPACE).withName("safelight-lifecycle").get().getSpec().getHolderIdentity();
    }
}

package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.testing.KubernetesApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that share a lease of a Kubernetes API. */
class KubernetesLeasesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String LEASE = "safelight-lifecycle";

    @TempDir
    Path folder;

    private final KubernetesApi api = KubernetesApi.start();
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stop() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor();
        }
        api.close();
    }

    @Test
    void oneProcessIsAtWorkAndAnotherTakesOverWhenThatIsKilled() throws Exception {
        Process one = launch("one");
        awaitAtWork("one");
        launch("two");
        awaitStandby("two");
        assertEquals(List.of(), work("two"));
        Optional<String> holder = api.holder(LEASE);

        one.destroyForcibly().waitFor();
        awaitAtWork("two");

        assertNotEquals(holder, api.holder(LEASE));
        assertOneAfterTheOther("one", "two");
    }

    @Test
    void aProcessThatEndsInPeaceGivesTheLeaseBack() throws Exception {
        Process one = launch("one");
        awaitAtWork("one");

        one.destroy();
        one.waitFor();
        assertEquals(Optional.empty(), api.holder(LEASE));

        launch("two");
        awaitAtWork("two");
        assertOneAfterTheOther("one", "two");
    }

    @Test
    void whereTheApiAnswersNobodyNobodyIsAtWorkUntilItDoes() throws Exception {
        launch("one");
        awaitAtWork("one");
        launch("two");
        awaitStandby("two");

        api.refuse(503, method -> true);
        awaitStandby("one");
        List<Long> before = work("one");
        assertEquals(List.of(), work("two"));

        api.answerAgain();
        Awaitility.await("one of them is at work again").atMost(PATIENCE).until(() -> work("one").size() + work("two").size() > before.size() + 5);
        assertTrue(work("one").size() == before.size() || work("two").isEmpty(), "two were at work at the same time");
    }

    private Process launch(String name) throws IOException {
        List<String> command = Stream.of(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                api.settings().entrySet().stream().map(setting -> "-D" + setting.getKey() + "=" + setting.getValue()),
                Stream.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), LeaseHolder.class.getName(), file(name).toString()))
                .flatMap(part -> part).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log(name).toFile()).start();
        processes.add(process);
        return process;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    /** The moments at which this process was at work, as it wrote them down, in milliseconds. */
    private List<Long> work(String name) throws IOException {
        return lines(name).stream().filter(line -> line.matches("[0-9]{13}")).map(Long::valueOf).toList();
    }

    private List<String> lines(String name) throws IOException {
        return Files.exists(file(name)) ? Files.readAllLines(file(name)) : List.of();
    }

    private void assertOneAfterTheOther(String first, String second) throws IOException {
        assertTrue(work(first).getLast() < work(second).getFirst(), "two were at work at the same time");
    }

    private void awaitAtWork(String name) {
        Awaitility.await(name + " is at work; its log: " + log(name)).atMost(PATIENCE).until(() -> work(name).size() > 5);
    }

    /** For more than five seconds from now on, in which it looks twice and more. */
    private void awaitStandby(String name) throws IOException {
        long before = standby(name);
        Awaitility.await(name + " stands by; its log: " + log(name)).atMost(PATIENCE).until(() -> standby(name) > before + 250);
    }

    private long standby(String name) throws IOException {
        return lines(name).stream().filter(LeaseHolder.STANDS_BY::equals).count();
    }
}

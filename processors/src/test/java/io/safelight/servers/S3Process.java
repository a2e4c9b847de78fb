package io.safelight.servers;

import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** The embedded object store alone, in a process of its own that can be killed and made to stand still. */
public final class S3Process implements AutoCloseable {
    private final Path folder;
    private final int port;
    private Process process;

    private S3Process(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** @param folder of its files; what an earlier one left there is gone on with, at the same port */
    public static S3Process start(Path folder) throws IOException {
        var server = new S3Process(folder, TestServer.ports(folder, 1).getFirst());
        server.launch();
        server.awaitAnswer();
        return server;
    }

    /** Starts it again after {@link #kill}, and returns at once. */
    public void launch() throws IOException {
        Files.deleteIfExists(told());
        process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dlogging.initial-configurator.min-level=INFO",
                "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), S3Process.class.getName(),
                folder.toString(), String.valueOf(port)))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile())).start();
    }

    public void awaitAnswer() {
        Awaitility.await("the object store answers; its log is in " + folder).atMost(Duration.ofSeconds(90))
                .failFast("the object store ended; its log is in " + folder, () -> !process.isAlive()).until(() -> Files.exists(told()));
    }

    public void kill() {
        TestServer.kill(process.toHandle());
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    public int port() {
        return port;
    }

    /** As {@link S3Server#settings}. */
    public Map<String, String> settings() throws IOException {
        return Json.MAPPER.readValue(told().toFile(), new TypeReference<>() {});
    }

    /** The folder of buckets, of which each object is a file. */
    public Path buckets() {
        return folder.resolve("store/buckets");
    }

    private Path told() {
        return folder.resolve("settings.json");
    }

    @Override
    public void close() {
        TestServer.end(process.toHandle());
    }

    /** Runs until whoever started it is gone. */
    public static void main(String... arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        try (var server = new S3Server(folder, Integer.parseInt(arguments[1]))) {
            var written = folder.resolve("settings.json.part");
            Json.MAPPER.writeValue(written.toFile(), server.settings());
            Files.move(written, folder.resolve("settings.json"));
            while (System.in.read() >= 0) {
                // nobody says anything
            }
        }
    }
}

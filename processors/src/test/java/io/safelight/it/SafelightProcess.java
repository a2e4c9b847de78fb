package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.intake.Spool;
import io.safelight.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The packaged application in a process of its own: {@code ./safelight run}, with a data folder under {@code target/it/},
 * a free HTTP port, and its log in a file. It can be stopped, killed, and started again on the same data.
 */
public final class SafelightProcess implements AutoCloseable {
    /** A start takes 5 s on a machine of one's own; a busy one may need many times that. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    static {
        makeCacheForQuickStarts();
    }

    private final Path folder;
    private final Map<String, String> environment;
    private final int port;
    private Process process;

    private SafelightProcess(Path folder, Map<String, String> environment, int port) {
        this.folder = folder;
        this.environment = environment;
        this.port = port;
    }

    private static void makeCacheForQuickStarts() {
        try {
            ProcessBuilder builder = new ProcessBuilder("./safelight", "build").inheritIO();
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            builder.start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Starts it on an empty data folder and returns when it is ready.
     *
     * @param name     of the folder under {@code target/it/}; each test class has its own
     * @param settings by their key, such as {@code safelight.upload.max-bytes}
     */
    public static SafelightProcess start(String name, Map<String, String> settings) {
        SafelightProcess safelight = prepare(name, settings);
        safelight.start();
        return safelight;
    }

    /** Everything but the start, so that several can start side by side and know each other's addresses. */
    public static SafelightProcess prepare(String name, Map<String, String> settings) {
        Spool.delete(folder(name));
        return again(name, settings);
    }

    /**
     * A home, for {@code safelight.home}, that differs from this checkout in one file of {@code config/}.
     *
     * @param name of a folder under {@code target/it/}
     */
    public static Path home(String name, String file, UnaryOperator<String> change) throws IOException {
        Path home = folder(name);
        Spool.delete(home);
        Files.createDirectories(home.resolve("config"));
        for (String same : List.of("routes", "kamelets", ".native")) {
            Files.createSymbolicLink(home.resolve(same), Path.of(same).toAbsolutePath());
        }
        try (Stream<Path> files = Files.list(Path.of("config"))) {
            for (Path one : files.filter(f -> !f.endsWith(file)).toList()) {
                Files.createSymbolicLink(home.resolve("config").resolve(one.getFileName()), one.toAbsolutePath());
            }
        }
        Files.writeString(home.resolve("config").resolve(file), change.apply(Files.readString(Path.of("config").resolve(file))));
        return home;
    }

    private static Path folder(String name) {
        return Path.of("target", "it", name).toAbsolutePath();
    }

    /** The same on the data that an earlier one of this name has left. */
    public static SafelightProcess again(String name, Map<String, String> settings) {
        Path folder = folder(name);
        int port = Ports.free();
        Map<String, String> environment = new HashMap<>();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SAFELIGHT_DATA", folder.resolve("data").toString());
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(port));
        environment.put("SAFELIGHT_SFTP_EMBEDDED_PORT", "0");
        environment.put("JAVA_OPTS", System.getProperty("safelight.test.java-options", ""));
        settings.forEach((key, value) -> environment.put(variable(key), value));
        return new SafelightProcess(folder, environment, port);
    }

    public static SafelightProcess start(String name) {
        return start(name, Map.of());
    }

    private static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /** Starts it again on the same data, after {@link #kill9} or {@link #stop}, and returns when it is ready. */
    public void restart() {
        start();
    }

    private void start() {
        launch();
        try {
            awaitReady();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Starts it on its data and returns at once. */
    public void launch() {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("it still runs, as " + process.pid());
        }
        try {
            Files.createDirectories(folder);
            ProcessBuilder builder = new ProcessBuilder(List.of("./safelight", "run"))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void awaitReady() {
        SafelightClient client = client();
        Awaitility.await("Safelight to be ready; its log is " + log()).atMost(PATIENCE).pollInterval(Duration.ofMillis(250))
                .failFast("Safelight ended before it was ready; its log is " + log(), () -> !process.isAlive())
                .ignoreExceptions().until(() -> client.get("/q/health/ready").statusCode() == 200);
    }

    /** Kills the process where it stands. What it had started itself lives on, as after any such death. */
    public void kill9() {
        process.destroyForcibly();
        await(process);
    }

    /** Ends it as a service manager does, with SIGTERM, and waits for it to end with 0. */
    public void stop() {
        process.destroy();
        await(process);
        assertEquals(0, process.exitValue(), () -> "exit code after SIGTERM; the log is " + log());
    }

    private static void await(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the process " + process.pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** For a test that is to look at it, or to make it stand still. */
    public long pid() {
        return process.pid();
    }

    /** The processes in which it decodes images, of those that live. */
    List<ProcessHandle> decoders() {
        return process.descendants().filter(child -> {
            try {
                return Files.readString(Path.of("/proc", Long.toString(child.pid()), "cmdline")).contains("transform.worker");
            } catch (IOException e) {
                return false; // it has ended
            }
        }).toList();
    }

    public boolean isStarted() {
        return process != null;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    public SafelightClient client() {
        return new SafelightClient(address());
    }

    public Path data() {
        return folder.resolve("data");
    }

    /** The log of all runs on this data. */
    public Path log() {
        return folder.resolve("safelight.log");
    }

    public List<String> logLines() {
        try {
            return Files.readAllLines(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the embedded object store keeps its objects: the names of all, each with its bucket and key. */
    public Set<String> storedObjects() {
        Path buckets = data().resolve("store/buckets");
        try (Stream<Path> files = Files.walk(buckets)) {
            return files.filter(Files::isRegularFile).map(file -> buckets.relativize(file).toString()).collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it one way or another, and the PostgreSQL that a killed one has left behind. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                kill9();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill9();
        }
        orphanedPostgres().ifPresent(ProcessHandle::destroyForcibly);
    }

    private Optional<ProcessHandle> orphanedPostgres() {
        Path file = data().resolve("postgres/data/postmaster.pid");
        try (var lines = Files.lines(file)) {
            return lines.findFirst().map(String::trim).flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
                    .filter(p -> p.info().command().orElse("").endsWith("postgres"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

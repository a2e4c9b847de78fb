package io.safelight.servers;

import io.safelight.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What the real servers that tests start have in common: a folder under {@code target/}, ports they keep, an end by process id. */
public final class TestServer {
    private TestServer() {}

    /** Skips the test, loudly, where the server's package is not installed. */
    static void require(Path program, String debianPackage) {
        if (!Files.isExecutable(program)) {
            var message = "SKIPPED: " + program + " is not here; install the Debian package " + debianPackage + " to run this test";
            System.err.println(message);
            Assumptions.abort(message);
        }
    }

    static Path folder(String name) throws IOException {
        return Files.createTempDirectory(Files.createDirectories(Path.of("target/servers").toAbsolutePath()), name + "-");
    }

    /** Ports of a server that keeps them: those it had in this folder before, or else free ones. */
    static List<Integer> ports(Path folder, int count) throws IOException {
        var file = Files.createDirectories(folder).resolve("ports");
        if (!Files.exists(file)) {
            Files.write(file, Ports.free(count).stream().map(String::valueOf).toList());
        }
        return Files.readAllLines(file).stream().map(Integer::valueOf).toList();
    }

    /** Runs a program to its end and returns what it said; throws unless it ended well. */
    public static String run(Path folder, Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed: " + said);
        }
        return said;
    }

    /** Kills a process and what it started, and nothing else, where they stand. */
    public static void kill(ProcessHandle process) {
        var all = tree(process);
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(one -> one.onExit().join());
    }

    /** Makes a process and what it started stand still. */
    public static void still(ProcessHandle process) {
        signal(process, "STOP");
    }

    public static void goOn(ProcessHandle process) {
        signal(process, "CONT");
    }

    private static void signal(ProcessHandle process, String name) {
        var command = new ArrayList<>(List.of("kill", "-" + name));
        tree(process).forEach(one -> command.add(String.valueOf(one.pid())));
        try {
            // one of them may have ended meanwhile, which is no fault
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<ProcessHandle> tree(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants()).toList();
    }

    /** Ends a process and what it started, and nothing else. */
    static void end(ProcessHandle process) {
        var all = tree(process).reversed();
        all.forEach(ProcessHandle::destroy);
        for (var one : all) {
            try {
                one.onExit().get(20, TimeUnit.SECONDS);
            } catch (Exception e) {
                one.destroyForcibly();
            }
        }
    }
}

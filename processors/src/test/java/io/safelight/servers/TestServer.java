package io.safelight.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What the real servers that tests start have in common: a folder under {@code target/}, free ports, an end by process id. */
final class TestServer {
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

    static List<Integer> freePorts(int count) throws IOException {
        var sockets = IntStream.range(0, count).mapToObj(i -> {
            try {
                return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).toList();
        var ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
        for (var socket : sockets) {
            socket.close();
        }
        return ports;
    }

    /** Runs a program to its end and returns what it said; throws unless it ended well. */
    static String run(Path folder, Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
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

    /** Ends a process and what it started, and nothing else. */
    static void end(ProcessHandle process) {
        var all = Stream.concat(process.descendants(), Stream.of(process)).toList();
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

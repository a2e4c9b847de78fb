package io.safelight.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real PostgreSQL 15 on loopback, of the Debian package, without a password. */
public final class PostgresServer implements AutoCloseable {
    private static final Path PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");

    private final Path folder;
    private final int port;

    private PostgresServer(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Starts one with the user and the database {@code safelight}; skips the test where the package is not installed. */
    public static PostgresServer start() throws Exception {
        // the postgres user may not be able to reach target/, but needs its whole path
        return start(Files.createTempDirectory("safelight-postgres-"));
    }

    /** The same in a folder of the caller's; what an earlier one left there is gone on with, at the same port. */
    public static PostgresServer start(Path folder) throws Exception {
        TestServer.require(PROGRAMS.resolve("initdb"), "postgresql-15");
        var server = new PostgresServer(folder, TestServer.ports(folder, 1).getFirst());
        if (Files.exists(Path.of(server.data()))) {
            server.resume();
            return server;
        }
        if (isRoot()) {
            TestServer.run(folder, Map.of(), List.of("chown", "postgres", folder.toString()));
        }
        server.program("initdb", "-D", server.data(), "-A", "trust", "-U", "safelight", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        server.resume();
        server.program("createdb", "-h", "127.0.0.1", "-p", String.valueOf(server.port), "-U", "safelight", "safelight");
        return server;
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/safelight";
    }

    public String username() {
        return "safelight";
    }

    /** Stops it as a crash would, so that it cannot be reached; its data stay. */
    public void pause() throws Exception {
        program("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
    }

    /** Starts it again where it was, with all it had. */
    public void resume() throws Exception {
        program("pg_ctl", "-D", data(), "-w", "-l", folder.resolve("log").toString(), "-o",
                "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start");
    }

    /** Kills it with all its sessions. */
    public void kill() throws IOException {
        TestServer.kill(process());
    }

    /** The server's process, for a test that is to make it stand still. */
    public ProcessHandle process() throws IOException {
        try (var lines = Files.lines(Path.of(data(), "postmaster.pid"))) {
            return ProcessHandle.of(Long.parseLong(lines.findFirst().orElseThrow().trim())).orElseThrow();
        }
    }

    public int port() {
        return port;
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    /** PostgreSQL refuses to run as root. */
    private void program(String name, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        if (isRoot()) {
            command.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        command.add(PROGRAMS.resolve(name).toString());
        command.addAll(List.of(arguments));
        // a started server inherits the output, so that it must not be a pipe
        var output = folder.resolve(name + ".out").toFile();
        var process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output).start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " failed: " + Files.readString(output.toPath()));
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Stops it where it runs; its data stay. */
    public void stop() throws Exception {
        if (Files.exists(Path.of(data(), "postmaster.pid"))) {
            pause();
        }
    }

    @Override
    public void close() throws Exception {
        stop();
        try (var files = Files.walk(folder)) {
            files.toList().reversed().forEach(file -> file.toFile().delete());
        }
    }
}

package io.safelight.embedded;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import io.safelight.error.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jboss.logging.Logger;

/**
 * PostgreSQL as a process of its own, in its own session so that Ctrl-C does not stop it before the application. Passwords
 * are asked for on loopback too; the application's role owns its database and nothing else.
 */
final class EmbeddedPostgres implements EmbeddedServer {
    private static final Logger LOG = Logger.getLogger(EmbeddedPostgres.class);
    private static final String NAME = "safelight";
    private static final String START_SECONDS = "60";
    /** With a port of our own choice, which another may take before PostgreSQL does. */
    private static final int TRIES = 3;

    private final PostgresPrograms programs;
    private final DataFolder folder;
    private final String password;
    private final int port;

    private EmbeddedPostgres(PostgresPrograms programs, DataFolder folder, int port) {
        this.programs = programs;
        this.folder = folder;
        this.password = folder.secret("password");
        this.port = port;
    }

    static EmbeddedPostgres start(DataFolder folder, int wantedPort) {
        return start(folder, () -> Loopback.port(wantedPort, "safelight.database.embedded-port"), wantedPort == 0 ? TRIES : 1);
    }

    static EmbeddedPostgres start(DataFolder folder, IntSupplier ports, int tries) {
        try {
            var programs = PostgresPrograms.unpack(folder);
            initialise(programs, folder);
            stopLeftBehind(programs, folder);
            var server = startServer(programs, folder, ports, tries);
            try {
                server.createDatabase();
                return server;
            } catch (RuntimeException | SQLException e) {
                stopLeftBehind(programs, folder);
                throw e;
            }
        } catch (IOException e) {
            throw DataFolder.unusable(folder.path(), e);
        } catch (SQLException e) {
            throw new Fault("The embedded PostgreSQL does not answer: " + e.getMessage() + "; see " + folder.file("server.log") + ".", e);
        }
    }

    /** Made beside its place and renamed, so that a cluster is whole or not there. */
    private static void initialise(PostgresPrograms programs, DataFolder folder) throws IOException {
        if (Files.exists(folder.file("data"))) {
            return;
        }
        var half = folder.file("data.half");
        PostgresPrograms.deleteTree(half);
        folder.secret("superuser-password");
        programs.run(folder.file("initdb.log"), "initdb", List.of("-D", half.toString(), "-U", "postgres",
                "--pwfile=" + folder.file("superuser-password"), "--auth=scram-sha-256", "-E", "UTF8", "--locale=C"));
        Files.move(half, folder.file("data"), ATOMIC_MOVE);
    }

    /** A process that was killed leaves its PostgreSQL running: it is known by its id and its working directory. */
    private static void stopLeftBehind(PostgresPrograms programs, DataFolder folder) throws IOException {
        var data = folder.file("data");
        var pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        var pid = Files.readAllLines(pidFile).getFirst().strip();
        var directory = Path.of("/proc", pid, "cwd");
        if (Files.exists(directory) && directory.toRealPath().equals(data)) {
            LOG.infof("Stopping PostgreSQL %s, left behind in %s by a process that was killed", pid, data);
            stop(programs, folder);
        } else {
            // the id may by now be somebody else's, for whom PostgreSQL would wait in vain
            Files.delete(pidFile);
        }
    }

    private static EmbeddedPostgres startServer(PostgresPrograms programs, DataFolder folder, IntSupplier ports, int tries) throws IOException {
        for (int left = tries - 1; ; left--) {
            var server = new EmbeddedPostgres(programs, folder, ports.getAsInt());
            try {
                server.startServer();
                return server;
            } catch (Fault e) {
                stopLeftBehind(programs, folder);
                if (left == 0 || !PostgresPrograms.tail(server.log()).contains("could not bind")) {
                    throw e;
                }
                LOG.warnf("Port %d was taken by another before PostgreSQL could listen on it; another one is tried", server.port);
            }
        }
    }

    private Path log() {
        return folder.file("server.log");
    }

    private void startServer() throws IOException {
        var log = log();
        if (Files.exists(log)) {
            Files.move(log, folder.file("server.log.1"), REPLACE_EXISTING);
        }
        try {
            programs.run(folder.file("pg_ctl.log"), "pg_ctl", List.of("start", "-w", "-t", START_SECONDS, "-D", folder.file("data").toString(),
                    "-l", log.toString(),
                    "-o", "-p " + port + " -c listen_addresses=" + Loopback.HOST + " -c unix_socket_directories=''"));
        } catch (Fault e) {
            throw new Fault("The embedded PostgreSQL did not start: " + PostgresPrograms.tail(log) + "; free what it names, or set "
                    + "safelight.database.url to a PostgreSQL server.", e);
        }
    }

    private void createDatabase() throws SQLException {
        try (var connection = DriverManager.getConnection(url("postgres"), "postgres", folder.secret("superuser-password"));
             var statement = connection.createStatement()) {
            if (!statement.executeQuery("SELECT 1 FROM pg_roles WHERE rolname = '" + NAME + "'").next()) {
                statement.execute("CREATE ROLE " + NAME + " LOGIN PASSWORD '" + password + "'");
            }
            if (!statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + NAME + "'").next()) {
                statement.execute("CREATE DATABASE " + NAME + " OWNER " + NAME);
            }
        }
    }

    private static void stop(PostgresPrograms programs, DataFolder folder) throws IOException {
        programs.run(folder.file("pg_ctl.log"), "pg_ctl", List.of("stop", "-m", "fast", "-w", "-D", folder.file("data").toString()));
    }

    private String url(String database) {
        return "jdbc:postgresql://" + Loopback.HOST + ":" + port + "/" + database;
    }

    @Override
    public String name() {
        return "PostgreSQL";
    }

    @Override
    public String address() {
        return url(NAME);
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("safelight.database.url", address(), "safelight.database.username", NAME, "safelight.database.password", password);
    }

    @Override
    public void close() {
        try {
            stop(programs, folder);
        } catch (IOException e) {
            throw DataFolder.unusable(folder.path(), e);
        }
    }
}

package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir
    static Path temp;
    static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() {
        postgres = EmbeddedPostgres.start(DataFolder.open(temp.resolve("shared")), 0);
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void theApplicationOwnsItsDatabaseAndIsNoSuperuser() throws Exception {
        try (var connection = connect(postgres.settings()); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE made (name text)");
            statement.execute("INSERT INTO made VALUES ('größer ✓')");
            assertEquals("größer ✓", text(connection, "SELECT name FROM made"));
            assertEquals("off", text(connection, "SHOW is_superuser"));
            assertThrows(SQLException.class, () -> statement.execute("COPY made TO PROGRAM 'true'"));
        }
    }

    @Test
    void everyCommitIsWrittenThroughToTheDisk() throws Exception {
        try (var connection = connect(postgres.settings())) {
            for (var setting : Set.of("fsync", "synchronous_commit", "full_page_writes")) {
                assertEquals("on", text(connection, "SHOW " + setting), setting);
            }
        }
    }

    @Test
    void aWrongPasswordIsRefusedOnLoopbackToo() {
        assertThrows(SQLException.class, () -> DriverManager.getConnection(postgres.address(), "safelight", "guess"));
        assertThrows(SQLException.class, () -> DriverManager.getConnection(postgres.address(), "postgres", ""));
    }

    @Test
    void onlyLoopbackIsListenedOn() throws Exception {
        assertEquals(Set.of("127.0.0.1"), Listening.addresses(Integer.parseInt(postgres.address().replaceAll(".*:(\\d+)/.*", "$1"))));
    }

    @Test
    void rowsSurviveARestart() throws Exception {
        var folder = DataFolder.open(temp.resolve("restart"));
        try (var first = EmbeddedPostgres.start(folder, 0); var connection = connect(first.settings()); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept AS SELECT 'row' AS name");
        }
        assertFalse(Files.exists(folder.file("data/postmaster.pid")), "it stopped with a connection open");
        try (var second = EmbeddedPostgres.start(folder, 0); var connection = connect(second.settings())) {
            assertEquals("row", text(connection, "SELECT name FROM kept"));
        }
    }

    @Test
    void aServerLeftBehindIsStoppedBeforeTheNextStart() throws Exception {
        var folder = DataFolder.open(temp.resolve("orphan"));
        var orphan = EmbeddedPostgres.start(folder, 0);
        try (var connection = connect(orphan.settings()); var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept AS SELECT 'row' AS name");
        }
        var pid = Long.parseLong(Files.readAllLines(folder.file("data/postmaster.pid")).getFirst());
        try (var next = EmbeddedPostgres.start(folder, 0); var connection = connect(next.settings())) {
            assertEquals("row", text(connection, "SELECT name FROM kept"));
            assertTrue(ProcessHandle.of(pid).flatMap(p -> p.info().command()).isEmpty(), "it runs no more, though nobody may have buried it");
        }
    }

    @Test
    void aPidFileThatNamesSomebodyElseIsNoObstacleAndDoesThemNoHarm() throws Exception {
        var folder = DataFolder.open(temp.resolve("stale"));
        EmbeddedPostgres.start(folder, 0).close();
        var bystander = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(folder.file("data/postmaster.pid"), bystander.pid() + "\n" + folder.file("data") + "\n");
            EmbeddedPostgres.start(folder, 0).close();
            assertTrue(bystander.isAlive());
        } finally {
            bystander.destroy();
        }
    }

    @Test
    void aHalfMadeClusterIsMadeAnew() throws Exception {
        var folder = DataFolder.open(temp.resolve("half"));
        Files.createDirectories(folder.file("data.half/base"));
        Files.createDirectories(folder.file("programs.half/bin"));
        try (var server = EmbeddedPostgres.start(folder, 0); var connection = connect(server.settings())) {
            assertEquals("1", text(connection, "SELECT 1"));
        }
    }

    @Test
    void aPortInUseIsNamedWithTheKeyThatChangesIt() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var fault = assertThrows(Fault.class, () -> EmbeddedPostgres.start(DataFolder.open(temp.resolve("port")), taken.getLocalPort()));
            assertTrue(fault.getMessage().contains("safelight.database.embedded-port"), fault.getMessage());
        }
    }

    @Test
    void wherePortsOfItsOwnChoiceAreTakenMeanwhileItTriesOthersForAWhile() throws Exception {
        var folder = DataFolder.open(temp.resolve("meanwhile"));
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var ports = new ArrayDeque<>(List.of(taken.getLocalPort(), taken.getLocalPort(), Loopback.port(0, "")));
            try (var server = EmbeddedPostgres.start(folder, ports::pop, 3); var connection = connect(server.settings())) {
                assertEquals("1", text(connection, "SELECT 1"));
            }
            var tries = new AtomicInteger();
            var fault = assertThrows(Fault.class, () -> EmbeddedPostgres.start(folder, () -> {
                tries.incrementAndGet();
                return taken.getLocalPort();
            }, 3));
            assertTrue(fault.getMessage().contains(Integer.toString(taken.getLocalPort())), fault.getMessage());
            assertEquals(3, tries.get());
        }
    }

    @Test
    void filesOfAnotherVersionAreNamedAndLeftAlone() throws Exception {
        var folder = DataFolder.open(temp.resolve("version"));
        EmbeddedPostgres.start(folder, 0).close();
        Files.writeString(folder.file("data/PG_VERSION"), "12\n");
        var fault = assertThrows(Fault.class, () -> EmbeddedPostgres.start(folder, 0));
        assertTrue(fault.getMessage().contains("PostgreSQL version 12"), fault.getMessage());
    }

    private static Connection connect(Map<String, String> settings) throws SQLException {
        return DriverManager.getConnection(settings.get("safelight.database.url"), settings.get("safelight.database.username"),
                settings.get("safelight.database.password"));
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement(); var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}

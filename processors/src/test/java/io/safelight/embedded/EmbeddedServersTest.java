package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.model.Topology;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;

class EmbeddedServersTest {
    @TempDir
    Path temp;

    @Test
    void onlyTheServersThatTheGroupsNeedAreStarted() {
        assertEquals(Set.of(), keysOf("classify"));
        assertEquals(Set.of("store"), keysOf("serving"));
        assertEquals(Set.of("broker", "store"), keysOf("processing"));
        assertEquals(Set.of("broker", "store", "sftp"), keysOf("ingress"));
        assertEquals(Set.of("broker", "store", "database", "hawtio"), keysOf("metadata"));
    }

    @Test
    void aServerConfiguredElsewhereIsNotStarted() {
        try (var servers = EmbeddedServers.start(config(Map.of("safelight.groups", "ingress", "safelight.broker.uri", "amqp://rabbit:5672",
                "safelight.store.endpoint", "https://s3.example", "safelight.sftp.uri", "off")))) {
            assertEquals(Map.of(), servers.settings());
        }
        assertFalse(Files.exists(temp.resolve("data")));
    }

    @Test
    void twoInstancesOnOneFolderAreToldApart() throws Exception {
        var config = config(Map.of("safelight.groups", "serving"));
        try (var first = EmbeddedServers.start(config)) {
            var fault = assertThrows(Fault.class, () -> EmbeddedServers.start(config));
            assertTrue(fault.getMessage().contains("in use by another running instance"), fault.getMessage());
            assertEquals(0, ServerProcess.run(temp, "processing", "in use by another running instance"), "a process apart is refused too");
            assertFalse(first.settings().isEmpty());
        }
        EmbeddedServers.start(config).close();
    }

    @Test
    void aServerThatCannotStartLeavesNoneRunning() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var broken = config(Map.of("safelight.groups", "ingress,metadata", "safelight.sftp.embedded-port", String.valueOf(taken.getLocalPort()),
                    "safelight.store.embedded-port", "0"));
            assertThrows(Fault.class, () -> EmbeddedServers.start(broken));
            assertFalse(Files.exists(temp.resolve("data/postgres/data/postmaster.pid")));
        }
        EmbeddedServers.start(config(Map.of("safelight.groups", "ingress,metadata"))).close();
    }

    @Test
    void aFolderThatCannotBeUsedIsNamed() throws Exception {
        var file = Files.writeString(temp.resolve("file"), "not a folder");
        var fault = assertThrows(Fault.class, () -> EmbeddedServers.start(config(Map.of("safelight.groups", "serving", "safelight.data", file.toString()))));
        assertTrue(fault.getMessage().contains(file.toString()) && fault.getMessage().contains("safelight.data"), fault.getMessage());
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self")), "SKIPPED: no /proc here, a file system that cannot be written to");
        assertThrows(Fault.class, () -> EmbeddedServers.start(config(Map.of("safelight.groups", "serving", "safelight.data", "/proc/safelight"))));
    }

    @Test
    void whatWasConfirmedIsThereAfterTheProcessWasKilled() throws Exception {
        var groups = "ingress,processing,moderation,metadata,serving,lifecycle";
        Set<String> acknowledged;
        try (var process = ServerProcess.start(temp, groups)) {
            process.writeUntil(60);
            acknowledged = process.killed();
        }
        assertTrue(acknowledged.size() >= 60, "the process had acknowledged " + acknowledged.size());

        try (var servers = EmbeddedServers.start(config(Map.of("safelight.groups", groups)))) {
            var settings = servers.settings();
            var found = new TreeSet<String>();
            try (var s3 = TestS3.client(settings, "metadata")) {
                s3.listObjectsV2Paginator(r -> r.bucket("safelight-private").prefix("raw/")).contents().forEach(object -> {
                    assertEquals(ServerProcess.BODY, s3.getObjectAsBytes(r -> r.bucket("safelight-private").key(object.key())).asUtf8String(), "whole or not there");
                    found.add("object " + object.key().substring(4));
                });
                s3.putObject(r -> r.bucket("safelight-private").key("raw/after"), RequestBody.fromString("works"));
            }
            try (var amqp = new Amqp(settings.get("safelight.broker.uri"))) {
                for (var message = amqp.channel.basicGet("processing", true); message != null; message = amqp.channel.basicGet("processing", true)) {
                    found.add("message " + Amqp.text(message));
                }
                amqp.publish(Topology.EXCHANGE, "image.accepted", "works");
            }
            try (var connection = DriverManager.getConnection(settings.get("safelight.database.url"), "safelight", settings.get("safelight.database.password"));
                 var statement = connection.createStatement(); var rows = statement.executeQuery("SELECT n FROM kept")) {
                while (rows.next()) {
                    found.add("row " + rows.getInt(1));
                }
            }
            var lost = new TreeSet<>(acknowledged);
            lost.removeAll(found);
            assertEquals(Set.of(), lost);
            assertEquals("sftp", URI.create(settings.get("safelight.sftp.uri")).getScheme());
        }
    }

    @Test
    void afterAKillTheBrokerSaysThatAMessageMayHaveBeenSeenOrForgetsItButNeverLosesIt() throws Exception {
        try (var process = ServerProcess.start(temp, "processing")) {
            process.command("poison");
            process.killed();
        }
        try (var servers = EmbeddedServers.start(config(Map.of("safelight.groups", "processing"))); var amqp = new Amqp(servers.settings().get("safelight.broker.uri"))) {
            var message = amqp.get("moderation");
            assertEquals("poison", Amqp.text(message));
            assertFalse(message.getEnvelope().isRedeliver(), "Qpid keeps neither the count nor the mark of deliveries over a crash; "
                    + "when it does, the mark before each native decode can go");
        }
    }

    private Set<String> keysOf(String groups) {
        try (var servers = EmbeddedServers.start(config(Map.of("safelight.groups", groups)))) {
            return servers.settings().keySet().stream().map(key -> key.split("\\.")[1]).collect(Collectors.toSet());
        }
    }

    private SafelightConfig config(Map<String, String> settings) {
        return ServerProcess.config(temp, settings);
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.model.State;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** One process for each group that an upload passes, on RabbitMQ, PostgreSQL and an S3 service that is a process too. */
final class Fleet implements AutoCloseable {
    static final List<String> GROUPS = List.of("ingress", "processing", "moderation", "metadata");
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    final RabbitMqServer broker;
    final PostgresServer database;
    final SafelightProcess store;
    private final Map<String, SafelightProcess> processes = new LinkedHashMap<>();

    private Fleet(RabbitMqServer broker, PostgresServer database, SafelightProcess store) {
        this.broker = broker;
        this.database = database;
        this.store = store;
    }

    /**
     * Starts all of it on empty folders.
     *
     * @param name     of the folders under {@code target/it/}
     * @param settings of each group, beside what leads it to the servers
     */
    static Fleet start(String name, Map<String, Map<String, String>> settings) throws Exception {
        return start(name, settings, data -> { });
    }

    /** @param disk is given the folder of the store's data before anything is in it, to put it on a disk of its own */
    static Fleet start(String name, Map<String, Map<String, String>> settings, Consumer<Path> disk) throws Exception {
        RabbitMqServer broker = RabbitMqServer.start();
        PostgresServer database = PostgresServer.start();
        // serving alone, whose own servers are no more than a store
        SafelightProcess store = SafelightProcess.prepare(name + "-store", with(settings.getOrDefault("store", Map.of()), Map.of("safelight.groups", "serving")));
        Fleet fleet = new Fleet(broker, database, store);
        try {
            broker.setUp("/");
            disk.accept(Files.createDirectories(store.data()));
            store.launch();
            store.awaitReady();
            Map<String, String> addresses = fleet.addresses();
            for (String group : GROUPS) {
                Map<String, String> own = with(addresses, Map.of("safelight.groups", group, "safelight.sftp.uri", "off"));
                fleet.processes.put(group, SafelightProcess.prepare(name + "-" + group, with(own, settings.getOrDefault(group, Map.of()))));
            }
            fleet.processes.values().forEach(SafelightProcess::launch);
            fleet.processes.values().forEach(SafelightProcess::awaitReady);
            return fleet;
        } catch (Exception | Error e) {
            fleet.close();
            throw e;
        }
    }

    private static Map<String, String> with(Map<String, String> some, Map<String, String> others) {
        Map<String, String> all = new TreeMap<>(Map.of("JAVA_OPTS", "-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"));
        all.putAll(some);
        all.putAll(others);
        return all;
    }

    private Map<String, String> addresses() throws IOException {
        Map<String, String> addresses = new TreeMap<>(Map.of("safelight.broker.uri", broker.uri(),
                "safelight.database.url", database.url(), "safelight.database.username", database.username(),
                "safelight.store.endpoint", store.logLines().stream().filter(line -> line.contains("Embedded object store at "))
                        .map(line -> line.replaceFirst(".*Embedded object store at (\\S+),.*", "$1")).findFirst().orElseThrow()));
        for (String group : GROUPS) {
            addresses.put("safelight.store.identities." + group + ".access-key", "safelight-" + group);
            Path secret = store.data().resolve("store").resolve(group + ".secret-key");
            addresses.put("safelight.store.identities." + group + ".secret-key", Files.readString(secret));
        }
        return addresses;
    }

    SafelightProcess process(String group) {
        return processes.get(group);
    }

    /** Nothing is to be done any more but what is: all of these are published, and no message waits. */
    void awaitPublished(Set<String> ids) {
        SafelightClient metadata = process("metadata").client();
        Awaitility.await("all acknowledged uploads to be published").atMost(PATIENCE).pollInterval(Duration.ofMillis(250)).untilAsserted(() -> {
            Set<String> missing = new TreeSet<>(ids);
            missing.removeAll(metadata.idsIn(State.PUBLISHED));
            assertEquals(Set.of(), missing);
        });
        assertEquals(0, metadata.getJson("/api/dead-letters").path("deadLetters").size(), () -> metadata.getJson("/api/dead-letters").toString());
    }

    @Override
    public void close() throws Exception {
        processes.values().stream().filter(SafelightProcess::isStarted).forEach(SafelightProcess::close);
        if (store.isStarted()) {
            store.close();
        }
        database.close();
        broker.close();
    }
}

package io.safelight.chaos;

import io.safelight.it.SafelightProcess;
import io.safelight.model.Topology;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Process;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** One process each of the groups that are always there, on RabbitMQ, PostgreSQL and an S3 server; workers come and go. */
final class SurgeWorld extends World {
    private static final List<String> GROUPS = List.of("ingress", "moderation", "metadata", "serving", "scaler");

    private final Deque<AutoCloseable> servers = new ArrayDeque<>();
    private final RabbitMqServer broker;
    private final PostgresServer database;
    private final S3Process store;
    private final Path home;
    private final AtomicInteger workers = new AtomicInteger();

    SurgeWorld(Path folder) throws Exception {
        super(folder);
        home = home(folder);
        try {
            broker = begun(RabbitMqServer.start(folder.resolve("rabbitmq")));
            database = begun(PostgresServer.start());
            store = begun(S3Process.start(folder.resolve("s3")));
            broker.setUp("/");
            for (String group : GROUPS) {
                add(group, SafelightProcess.prepare("surge-" + group, settings(group)));
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T begun(T server) {
        servers.push(server);
        return server;
    }

    /** Prepares one more process of the group. */
    SafelightProcess worker(String group) {
        try {
            return SafelightProcess.prepare("surge-%s-%d".formatted(group, workers.incrementAndGet()), settings(group));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> settings(String group) throws IOException {
        Map<String, String> settings = settings(home);
        settings.put("safelight.groups", group);
        settings.put("safelight.sftp.uri", "off");
        settings.put("safelight.broker.uri", broker.uri());
        if (group.equals("scaler")) {
            settings.put("safelight.broker.management-url", "http://127.0.0.1:" + broker.managementPort());
            return settings;
        }
        for (String key : List.of("endpoint", "identities." + group + ".access-key", "identities." + group + ".secret-key")) {
            settings.put("safelight.store." + key, store.settings().get("safelight.store." + key));
        }
        if (group.equals("metadata")) {
            settings.put("safelight.database.url", database.url());
            settings.put("safelight.database.username", database.username());
        }
        return settings;
    }

    /** Deliveries of messages that had been delivered before, as the broker counted them. */
    long redelivered() throws Exception {
        long redelivered = 0;
        for (Topology.Work work : Topology.Work.values()) {
            redelivered += broker.queue(work.queue()).at("/message_stats/redeliver").asLong();
        }
        return redelivered;
    }

    @Override
    String processOf(String group) {
        return group;
    }

    @Override
    List<Fault.Kind> kinds() {
        return List.of();
    }

    @Override
    Runnable begin(Fault fault) {
        throw new UnsupportedOperationException("nothing is hurt here");
    }

    @Override
    String brokerUri() {
        return broker.uri();
    }

    @Override
    Path buckets() {
        return store.buckets();
    }

    @Override
    long messages() throws Exception {
        return broker.messages();
    }

    @Override
    public void close() throws Exception {
        super.close();
        closeAll(servers);
    }
}

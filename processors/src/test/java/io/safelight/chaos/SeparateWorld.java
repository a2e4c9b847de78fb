package io.safelight.chaos;

import static io.safelight.chaos.Fault.BROKER;
import static io.safelight.chaos.Fault.DATABASE;
import static io.safelight.chaos.Fault.STORE;

import io.safelight.intake.Spool;
import io.safelight.it.SafelightProcess;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Process;
import io.safelight.servers.TestServer;
import io.safelight.store.ObjectStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One group a process, on RabbitMQ, PostgreSQL and an S3 server, each of which is reached by a link that can be hurt. */
final class SeparateWorld extends World {
    /** Lifecycle is told where metadata is, and so comes after it. */
    static final List<String> GROUPS = List.of("ingress", "processing", "moderation", "metadata", "serving", "lifecycle");
    private static final String SCALER = "scaler";
    private static final Duration SLOW = Duration.ofMillis(100);

    private final RabbitMqServer broker;
    private final PostgresServer database;
    private final S3Process store;
    private final SmallDisk disk;
    private final Map<String, Link> links = new TreeMap<>();

    SeparateWorld(Path folder) throws Exception {
        this(folder, GROUPS);
    }

    /** One with the group scaler too, which tells Prometheus what waits, and the cache of serving on the disk that can be filled. */
    static SeparateWorld watched(Path folder) throws Exception {
        return new SeparateWorld(folder, Stream.concat(GROUPS.stream(), Stream.of(SCALER)).toList());
    }

    private SeparateWorld(Path folder, List<String> groups) throws Exception {
        super(folder);
        boolean watched = groups.contains(SCALER);
        disk = SmallDisk.mount(folder.resolve("disk"));
        // as a run has left it that was killed while it was full
        disk.empty();
        broker = RabbitMqServer.start(folder.resolve("rabbitmq"));
        note(broker.process());
        database = PostgresServer.start(postgresFolder(folder));
        note(database.process());
        store = S3Process.start(disk.folder().resolve("s3"));
        note(store.process());
        links.put(BROKER, new Link(broker.port()));
        links.put(DATABASE, new Link(database.port()));
        links.put(STORE, new Link(store.port()));
        broker.setUp("/");
        Path home = home(folder);
        for (String group : groups) {
            Map<String, String> settings = settings(home, group);
            if (watched && group.equals("serving")) {
                settings.put("safelight.data", disk.folder().resolve("serving").toString());
            }
            add(group, SafelightProcess.prepare("chaos-" + group, settings));
        }
    }

    /** The postgres user has to be able to reach it; the path is written down for a run that is gone on with. */
    private static Path postgresFolder(Path folder) throws IOException {
        Path written = folder.resolve("postgres-folder");
        if (!Files.exists(written)) {
            Files.writeString(written, Files.createTempDirectory("safelight-chaos-postgres-").toString());
        }
        return Path.of(Files.readString(written));
    }

    /** Deletes what a run has left in its folder, and its database; only a run with findings is of interest any more. */
    static void discard(Path folder) throws IOException {
        Path written = folder.resolve("postgres-folder");
        if (Files.exists(written)) {
            Spool.delete(Path.of(Files.readString(written)));
        }
        Spool.delete(folder);
    }

    private Map<String, String> settings(Path home, String group) throws IOException {
        Map<String, String> settings = settings(home);
        settings.put("safelight.groups", group);
        settings.put("safelight.sftp.uri", "off");
        settings.put("safelight.broker.uri", "amqp://guest:guest@127.0.0.1:" + links.get(BROKER).port());
        if (group.equals(SCALER)) {
            settings.put("safelight.broker.management-url", "http://127.0.0.1:" + broker.managementPort());
            return settings;
        }
        settings.put("safelight.store.endpoint", "http://127.0.0.1:" + links.get(STORE).port());
        for (String half : List.of("access-key", "secret-key")) {
            String key = "safelight.store.identities." + group + "." + half;
            settings.put(key, store.settings().get(key));
        }
        switch (group) {
            case "metadata" -> {
                settings.put("safelight.database.url", "jdbc:postgresql://127.0.0.1:" + links.get(DATABASE).port() + "/safelight");
                settings.put("safelight.database.username", database.username());
            }
            case "lifecycle" -> {
                settings.put("safelight.lifecycle.metadata-url", process("metadata").address().toString());
                settings.put("safelight.lifecycle.every", "20s");
            }
            default -> { }
        }
        return settings;
    }

    @Override
    String processOf(String group) {
        return group;
    }

    @Override
    List<Fault.Kind> kinds() {
        List<Fault.Kind> kinds = new ArrayList<>(List.of(Fault.Kind.DRAIN, Fault.Kind.STILL, Fault.Kind.CUT, Fault.Kind.SLOW, Fault.Kind.ALARM));
        if (disk.isSmall()) {
            kinds.add(Fault.Kind.FULL_DISK);
        }
        return kinds;
    }

    private interface Doing {
        void now() throws Exception;
    }

    @Override
    Runnable begin(Fault fault) throws Exception {
        Consumer<Each> all = each -> fault.victims().forEach(victim -> quietly(() -> each.of(victim)));
        return switch (fault.kind()) {
            case KILL -> {
                all.accept(this::kill);
                yield () -> all.accept(this::startAgain);
            }
            case DRAIN -> {
                all.accept(victim -> process(victim).stop());
                yield () -> all.accept(this::startAgain);
            }
            case STILL -> {
                all.accept(victim -> TestServer.still(handle(victim)));
                yield () -> all.accept(victim -> TestServer.goOn(handle(victim)));
            }
            case CUT -> {
                all.accept(victim -> links.get(victim).cut());
                yield () -> all.accept(victim -> links.get(victim).mend());
            }
            case SLOW -> {
                all.accept(victim -> links.get(victim).slow(SLOW));
                yield () -> all.accept(victim -> links.get(victim).mend());
            }
            case FULL_DISK -> {
                disk.fill();
                yield () -> quietly(disk::empty);
            }
            case ALARM -> {
                broker.control("set_vm_memory_high_watermark", "0.00001");
                yield () -> quietly(() -> broker.control("set_vm_memory_high_watermark", "0.6"));
            }
        };
    }

    private interface Each {
        void of(String victim) throws Exception;
    }

    private static void quietly(Doing doing) {
        try {
            doing.now();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void kill(String victim) throws Exception {
        switch (victim) {
            case BROKER -> broker.kill();
            case DATABASE -> database.kill();
            case STORE -> store.kill();
            default -> process(victim).kill9();
        }
    }

    private void startAgain(String victim) throws Exception {
        switch (victim) {
            case BROKER -> {
                broker.launch();
                note(broker.process());
                broker.awaitAnswer();
            }
            case DATABASE -> {
                database.resume();
                note(database.process());
            }
            case STORE -> {
                store.launch();
                note(store.process());
                store.awaitAnswer();
            }
            default -> launch(victim);
        }
    }

    private ProcessHandle handle(String victim) throws IOException {
        return switch (victim) {
            case BROKER -> broker.process();
            case DATABASE -> database.process();
            case STORE -> store.process();
            default -> ProcessHandle.of(process(victim).pid()).orElseThrow();
        };
    }

    @Override
    String brokerUri() {
        return broker.uri();
    }

    @Override
    Path buckets() {
        return store.buckets();
    }

    /** The public bucket, with the rights of metadata, by a way that is not hurt. */
    ObjectStore store() throws IOException {
        Map<String, String> settings = store.settings();
        return new ObjectStore(ObjectStore.client(URI.create(settings.get("safelight.store.endpoint")), "us-east-1",
                settings.get("safelight.store.identities.metadata.access-key"), settings.get("safelight.store.identities.metadata.secret-key")), PUBLIC);
    }

    /** Where each process answers HTTP. */
    Map<String, Integer> ports() {
        return processes().stream().collect(Collectors.toMap(Function.identity(), name -> process(name).port()));
    }

    @Override
    long messages() throws Exception {
        return broker.messages();
    }

    @Override
    public void close() throws Exception {
        super.close();
        for (Link link : links.values()) {
            link.close();
        }
        closeAll(List.<AutoCloseable>of(store, database::stop, broker, disk));
    }
}

package io.safelight.chaos;

import io.safelight.it.SafelightClient;
import io.safelight.it.SafelightProcess;
import io.safelight.model.State;
import io.safelight.serve.Links;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A running Safelight, its processes and the servers it uses, all of which can be hurt. */
abstract class World implements AutoCloseable {
    static final List<String> SIGNING_KEYS = List.of("chaos:a secret for signing links");
    static final String PRIVATE = "safelight-private";
    static final String PUBLIC = "safelight-public";
    private static final List<State> ON_THE_WAY = List.of(State.RECEIVED, State.ACCEPTED, State.RENDERED, State.SCANNED);
    /** Small heaps and quick starts: many start, and none lives long. */
    private static final String JAVA_OPTIONS = "-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

    private final Map<String, SafelightProcess> processes = new TreeMap<>();
    private final Map<String, SafelightClient> clients = new TreeMap<>();
    private final Set<String> unsettled = new TreeSet<>();
    private final Children children;
    private final Links links = new Links(SIGNING_KEYS, Duration.ofHours(6));

    /** @param folder of the run */
    World(Path folder) {
        this.children = new Children(folder);
    }

    /** What the process that runs these groups is called. */
    abstract String processOf(String group);

    /** The faults that can be made here besides kills. */
    abstract List<Fault.Kind> kinds();

    /** Makes the fault begin. @return what makes it end; the victims may still need time then */
    abstract Runnable begin(Fault fault) throws Exception;

    abstract String brokerUri() throws IOException;

    /** The folder whose subfolders are the buckets, and its files the objects. */
    abstract Path buckets();

    /** Messages in all queues of Safelight. */
    abstract long messages() throws Exception;

    /** @return messages in queues or, where there are none, images that have not come to rest, not all of them counted; 0 where everything has */
    long left() throws Exception {
        long left = messages();
        for (State state : ON_THE_WAY) {
            left += left > 0 ? 0 : client("metadata").getJson("/api/images?limit=1&state=" + state.slug()).path("images").size();
        }
        return left;
    }

    void add(String name, SafelightProcess process) {
        processes.put(name, process);
        clients.put(name, process.client());
    }

    /** What every process is told, with routes and policy of the run's own home. */
    static Map<String, String> settings(Path home) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("JAVA_OPTS", JAVA_OPTIONS);
        settings.put("safelight.home", home.toString());
        // what is lost must not come to rest by being announced again
        settings.put("safelight.lifecycle.stuck-after", "6h");
        settings.put("safelight.upload.account-header", "Account");
        settings.put("safelight.serving.keys", String.join(",", SIGNING_KEYS));
        return settings;
    }

    /** The shipped routes, kamelets and configuration, but for two sizes of image in place of many, and a word on two accounts. */
    static Path home(Path folder) throws IOException {
        Path home = folder.resolve("home");
        for (String part : List.of("routes", "kamelets", "config")) {
            try (Stream<Path> files = Files.walk(Path.of(part))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.createDirectories(home.resolve(file).getParent());
                    Files.write(home.resolve(file), Files.readAllBytes(file));
                }
            }
        }
        Files.createSymbolicLink(home.resolve(".native"), Path.of(".native").toAbsolutePath());
        Files.writeString(home.resolve("config/variants.yaml"), """
                variants:
                  - name: small
                    width: 32
                    formats: [webp, jpeg]
                """);
        Path policy = home.resolve("config/moderation.yaml");
        Files.writeString(policy, Files.readString(policy).replaceFirst("(?m)^rules:\n", """
                rules:
                  - name: banned-account
                    accounts: [%s]
                    verdict: block
                  - name: watched-account
                    accounts: [%s]
                    verdict: review
                """.formatted(Pictures.BANNED, Pictures.WATCHED)));
        return home;
    }

    List<String> processes() {
        return List.copyOf(processes.keySet());
    }

    SafelightProcess process(String name) {
        return processes.get(name);
    }

    SafelightClient client(String group) {
        return clients.get(processOf(group));
    }

    /** A link to an image that works if the image is public. */
    String link(String id) {
        return links.url(java.util.UUID.fromString(id), "small", io.safelight.model.Format.JPEG);
    }

    void start() {
        processes.entrySet().stream().filter(e -> !e.getValue().isStarted() || !e.getValue().isAlive()).map(Map.Entry::getKey).forEach(this::launch);
        processes.values().forEach(SafelightProcess::awaitReady);
    }

    /** Starts a process of Safelight and returns at once. */
    final void launch(String name) {
        processes.get(name).launch();
        children.note(processes.get(name).pid());
    }

    /** So that it is ended should this run not come to do so. */
    final void note(ProcessHandle server) {
        children.note(server.pid());
    }

    /** Starts again what has ended by itself, as whatever runs containers does. @return the names */
    List<String> revive() {
        List<String> ended = processes.entrySet().stream().filter(e -> !e.getValue().isAlive()).map(Map.Entry::getKey).toList();
        ended.forEach(this::launch);
        unsettled.addAll(ended);
        return ended;
    }

    /** Forgets who was ready. */
    void unsettle() {
        unsettled.addAll(processes.keySet());
    }

    /** Whether each has been ready since; one that was is not asked again. */
    boolean isReady() {
        unsettled.removeIf(name -> processes.get(name).isAlive() && isReady(clients.get(name)));
        return unsettled.isEmpty();
    }

    static boolean isReady(SafelightClient client) {
        try {
            return client.get("/q/health/ready").statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** There is nothing that a kill could hurt any more. */
    @Override
    public void close() throws Exception {
        List<SafelightProcess> started = processes.values().stream().filter(SafelightProcess::isStarted).toList();
        started.forEach(SafelightProcess::kill9);
        started.forEach(SafelightProcess::close);
    }

    /** Whatever one of them says, the others are ended too. */
    static void closeAll(Iterable<? extends AutoCloseable> servers) throws Exception {
        Exception failure = null;
        for (AutoCloseable server : servers) {
            try {
                server.close();
            } catch (Exception e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

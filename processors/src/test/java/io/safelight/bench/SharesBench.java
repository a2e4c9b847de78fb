package io.safelight.bench;

import static java.util.stream.Collectors.joining;

import io.safelight.bench.Shares.Reading;
import io.safelight.intake.Spool;
import io.safelight.it.SafelightProcess;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Process;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.opentest4j.TestAbortedException;

/** Where the CPU time of an image goes: every group that has a part in it as a process of its own under the JDK's profiler, on servers beside them. */
public final class SharesBench implements AutoCloseable {
    /** Those that an image passes on its way to being published. */
    private static final List<String> GROUPS = List.of("ingress", "processing", "moderation", "metadata");
    private static final String DECODERS = " decoders";
    private static final Path FOLDER = Path.of("target/bench/shares");
    private static final int WARM_UPS = 6;
    private static final double BAR = 25;
    private static final double AIM = 10;
    private static final Predicate<Owner> ANY = owner -> true;
    /** Threads, as Linux knows them. */
    private static final Pattern OF_THE_JVM = Pattern.compile("C[12] CompilerThre|GC Thread#.*|G1 .*|VM Thread|VM Periodic Tas|Service Thread|Monitor Deflati"
            + "|Signal Dispatch|Notification Th|Attach Listener|JFR .*");

    private final Options options;
    private final Report report = new Report("shares");
    private final Map<String, SafelightProcess> groups = new LinkedHashMap<>();
    private final Map<Profiled, Profiler> profilers = new LinkedHashMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    /** A JVM under the profiler. @param process the name it goes by in tables, which decoders of the same group share */
    private record Profiled(String process, long pid) {}

    private SharesBench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args, 5);
        try (SharesBench bench = new SharesBench(options)) {
            bench.run();
        } catch (TestAbortedException e) {
            Options.fail("A server is missing that the groups would share. " + e.getMessage());
        }
        // clients leave threads behind
        System.exit(0);
    }

    private void run() throws Exception {
        Spool.delete(FOLDER);
        report.say("rounds", options.rounds());
        report.say("photographs", options.photos().size());
        RabbitMqServer broker = begun(RabbitMqServer.start());
        PostgresServer database = begun(PostgresServer.start());
        S3Process store = begun(S3Process.start(FOLDER.resolve("s3").toAbsolutePath()));
        broker.setUp("/");
        for (String group : GROUPS) {
            groups.put(group, begun(SafelightProcess.prepare("shares-" + group, settings(group, broker, database, store))));
            groups.get(group).launch();
        }
        groups.values().forEach(SafelightProcess::awaitReady);
        for (int i = 1; i <= WARM_UPS; i++) {
            if (i == WARM_UPS) {
                // one pass to get used to it
                profile();
            }
            publish();
            System.out.println("warm-up " + i + " done");
        }
        Map<String, Long> servers = Map.of("broker", broker.process().pid(), "database", database.process().pid(), "object store", store.process().pid());
        Map<String, Double> ofServers = new TreeMap<>();
        List<Shares> rounds = new ArrayList<>();
        for (int i = 1; i <= options.rounds(); i++) {
            servers.forEach((name, pid) -> ofServers.merge(name, -Commands.cpuOfTrees(pid), Double::sum));
            Map<String, Reading> before = read();
            Instant from = Instant.now();
            publish();
            rounds.add(new Shares(from, before, Instant.now(), read()));
            servers.forEach((name, pid) -> ofServers.merge(name, Commands.cpuOfTrees(pid), Double::sum));
            System.out.println("round " + i + " done");
        }
        addSamples(rounds);
        tell(rounds, ofServers);
        report.write();
    }

    private <T extends AutoCloseable> T begun(T one) {
        started.push(one);
        return one;
    }

    /** Each is told what its group needs; JVM options are those of the launcher, as in the container. */
    private static Map<String, String> settings(String group, RabbitMqServer broker, PostgresServer database, S3Process store) throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of("safelight.groups", group, "safelight.sftp.uri", "off", "safelight.broker.uri", broker.uri()));
        Map<String, String> ofStore = store.settings();
        for (String key : List.of("endpoint", "identities." + group + ".access-key", "identities." + group + ".secret-key")) {
            settings.put("safelight.store." + key, ofStore.get("safelight.store." + key));
        }
        if (group.equals("metadata")) {
            settings.put("safelight.database.url", database.url());
            settings.put("safelight.database.username", database.username());
        }
        return settings;
    }

    private void publish() {
        Clients.publish(options.photos(), groups.get("ingress").client(), groups.get("metadata").client());
    }

    // --- measuring

    private void profile() throws IOException {
        for (var group : groups.entrySet()) {
            long pid = group.getValue().pid();
            profile(group.getKey(), pid);
            for (ProcessHandle decoder : decoders(pid)) {
                profile(group.getKey() + DECODERS, decoder.pid());
            }
        }
    }

    private void profile(String process, long pid) throws IOException {
        profilers.put(new Profiled(process, pid), Profiler.start(pid, FOLDER.resolve("%s-%d.jfr".formatted(process.replace(' ', '-'), pid))));
    }

    private static List<ProcessHandle> decoders(long pid) {
        return ProcessHandle.of(pid).orElseThrow().descendants().toList();
    }

    /** Of all processes of ours; decoders that have ended are counted with those that live. */
    private Map<String, Reading> read() {
        Map<String, Reading> readings = new LinkedHashMap<>();
        groups.forEach((group, safelight) -> {
            long pid = safelight.pid();
            double own = Commands.cpuOf(pid);
            readings.put(group, new Reading(own, Commands.cpuOfThreads(pid, OF_THE_JVM), Owner.UNSEEN));
            Map<Long, Double> jvm = new HashMap<>();
            decoders(pid).forEach(decoder -> jvm.putAll(Commands.cpuOfThreads(decoder.pid(), OF_THE_JVM)));
            // most of it is done by threads of libvips, which no Java ever ran on
            readings.put(group + DECODERS, new Reading(Commands.cpuOfTrees(pid) - own, jvm, Owner.IMAGES));
        });
        return readings;
    }

    private void addSamples(List<Shares> rounds) throws IOException {
        long samples = 0;
        long failed = 0;
        long lost = 0;
        long strangers = groups.values().stream().flatMap(group -> decoders(group.pid()).stream())
                .filter(decoder -> profilers.keySet().stream().noneMatch(known -> known.pid == decoder.pid())).count();
        long ended = 0;
        for (var one : profilers.entrySet()) {
            if (ProcessHandle.of(one.getKey().pid).isEmpty()) {
                ended++;
                continue;
            }
            Profiler.Recording recording = one.getValue().stop();
            rounds.forEach(round -> round.add(one.getKey().process, recording.samples()));
            samples += recording.samples().size();
            failed += recording.samples().stream().filter(Profiler.Sample::failed).count();
            lost += recording.lost();
        }
        report.say("samples", "%,d; %,d without a stack, which are nobody's; %,d lost, whose time stands under 'not sampled' or, of decoders, under 'images'"
                .formatted(samples, failed, lost));
        if (strangers + ended > 0) {
            report.say("decoders not profiled", "%d started and %d ended meanwhile; what they used stands under 'images'".formatted(strangers, ended));
        }
    }

    // --- telling

    private void tell(List<Shares> rounds, Map<String, Double> ofServers) {
        // a group without decoders has nothing to tell of them
        List<String> processes = rounds.getFirst().processes().stream().filter(process -> perImage(rounds, round -> round.of(process, ANY)) > 0).toList();
        double all = perImage(rounds, round -> round.of(ANY));
        StringBuilder table = new StringBuilder("\nCPU ms an image, means of the rounds\n\n| | all | %% | %s |\n%s|\n"
                .formatted(String.join(" | ", processes), "|---".repeat(processes.size() + 3)));
        Map<String, Object> owners = new LinkedHashMap<>();
        for (Owner owner : Owner.values()) {
            Map<String, Double> byProcess = byProcess(rounds, processes, owner::equals);
            double cpu = perImage(rounds, round -> round.of(owner::equals));
            table.append(line(owner.words, cpu, 100 * cpu / all, byProcess));
            owners.put(owner.words, Map.of("all", cpu, "byProcess", byProcess, "rounds",
                    rounds.stream().map(round -> perImage(List.of(round), r -> r.of(owner::equals))).toList()));
        }
        Map<String, Double> whole = byProcess(rounds, processes, ANY);
        System.out.println(table.append(line("**all**", all, 100, whole)));
        Map<String, Double> servers = new LinkedHashMap<>();
        ofServers.forEach((name, cpu) -> servers.put(name, 1000 * cpu / rounds.size() / options.photos().size()));
        System.out.println(servers.entrySet().stream().map(server -> Report.format("%s %.1f", server.getKey(), server.getValue()))
                .collect(joining(", ", "Servers beside it, not counted, CPU ms an image: ", "")));
        report.add(Map.of("title", "CPU ms an image", "owners", owners, "processes", whole, "servers", servers));

        List<Double> shares = rounds.stream().map(round -> 100 * round.of(Owner.CARRIERS::contains) / round.of(ANY)).toList();
        double carriers = perImage(rounds, round -> round.of(Owner.CARRIERS::contains));
        report.say("lowest and highest of the rounds", Report.format("%.1f to %.1f %%", Collections.min(shares), Collections.max(shares)));
        report.say("without what the JVM itself takes", Report.format("%.1f %%", 100 * carriers / perImage(rounds, round -> round.of(owner -> owner != Owner.JVM))));
        report.say("Camel + AMQP + SQL + S3", Report.format("%.1f %% of our processes' CPU per image (bar %.0f %%, aim %.0f %%)", 100 * carriers / all, BAR, AIM));
    }

    private Map<String, Double> byProcess(List<Shares> rounds, List<String> processes, Predicate<Owner> owners) {
        Map<String, Double> cpu = new LinkedHashMap<>();
        processes.forEach(process -> cpu.put(process, perImage(rounds, round -> round.of(process, owners))));
        return cpu;
    }

    private static String line(String name, double all, double percent, Map<String, Double> byProcess) {
        return Report.format("| %s | %.1f | %.1f | %s |%n", name, all, percent,
                byProcess.values().stream().map(cpu -> Report.format("%.1f", cpu)).collect(joining(" | ")));
    }

    /** Milliseconds. */
    private double perImage(List<Shares> rounds, ToDoubleFunction<Shares> seconds) {
        return 1000 * rounds.stream().mapToDouble(seconds).average().orElseThrow() / options.photos().size();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }
}

package io.safelight.chaos;

import io.safelight.chaos.Autoscaler.Look;
import io.safelight.intake.Spool;
import io.safelight.model.Json;
import io.safelight.model.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;
import sh.keda.externalscaler.ScaledObjectRef;

/**
 * {@code ./safelight bench surge}: uploads rise from few a minute to many and fall again, while processes of the groups processing, moderation and
 * metadata are started and stopped by what the scaler answers. Exits with 0 where the backlog was absorbed and nothing was lost, done twice or leaked.
 */
public final class Surge implements AutoCloseable {
    private static final Path FOLDER = Path.of("target/bench");
    private static final long SEED = 1;
    private static final int LEAST = 1;
    /** Enough for a hundred uploads a second where each takes a third of a second. */
    private static final int CLIENTS = 32;
    /** For one replica, as in {@code k8s/components/keda}. */
    private static final Map<Topology.Work, Integer> MESSAGES = new TreeMap<>(Map.of(Topology.Work.PROCESSING, 10, Topology.Work.MODERATION, 32, Topology.Work.METADATA, 50));
    private static final Duration TO_ABSORB = Duration.ofMinutes(20);
    private static final Duration TO_REST = Duration.ofMinutes(10);
    private static final Duration TOLD_EVERY = Duration.ofSeconds(15);
    private static final int MOST_TOLD = 20;

    private final Command command;
    private final Pace pace;
    private final SurgeWorld world;
    private final Ledger ledger;
    private final List<String> findings = new ArrayList<>();
    private final Map<Topology.Work, Autoscaler> autoscalers = new TreeMap<>();
    private Instant began;
    private Instant told;
    private boolean closed;

    /**
     * The command line.
     *
     * @param base    uploads a minute
     * @param surge   uploads a minute while it lasts
     * @param minutes that it lasts; before it come two thirds as many quiet ones
     * @param workers of the group processing that may run at the most, and of each of the two behind it half as many
     */
    record Command(int base, int surge, double minutes, int workers) {
        static Command parse(String... args) {
            int base = 50;
            int surge = 2_000;
            double minutes = 3;
            int workers = 4;
            for (int i = 0; i < args.length; i += 2) {
                String value = i + 1 < args.length ? args[i + 1] : "";
                switch (args[i]) {
                    case "--base" -> base = number(args[i], value, 60_000);
                    case "--surge" -> surge = number(args[i], value, 60_000);
                    case "--workers" -> workers = number(args[i], value, 50);
                    case "--minutes" -> {
                        if (!value.matches("[0-9]{1,3}([.][0-9]{1,2})?") || Double.parseDouble(value) == 0) {
                            throw new Options.Refused("--minutes wants how long the surge lasts, such as 3 or 0.5, not '" + value + "'.");
                        }
                        minutes = Double.parseDouble(value);
                    }
                    default -> throw new Options.Refused("bench surge takes --base N, --surge N, --minutes N and --workers N, not '" + args[i] + "'.");
                }
            }
            if (surge <= base) {
                throw new Options.Refused("--surge wants more uploads a minute than --base, which is " + base + ".");
            }
            return new Command(base, surge, minutes, workers);
        }

        private static int number(String name, String value, int most) {
            if (!value.matches("[1-9][0-9]{0,5}") || Integer.parseInt(value) > most) {
                throw new Options.Refused(name + " wants a number from 1 to " + most + ", not '" + value + "'.");
            }
            return Integer.parseInt(value);
        }

        Pace pace() {
            return new Pace(base, surge, Duration.ofMillis(Math.round(minutes * 40_000)), Duration.ofMillis(Math.round(minutes * 60_000)));
        }
    }

    private Surge(Command command, Path folder) throws Exception {
        this.command = command;
        this.pace = command.pace();
        Spool.delete(folder);
        Files.createDirectories(folder);
        this.ledger = new Ledger(folder.resolve("ledger.jsonl"));
        this.world = new SurgeWorld(folder);
    }

    public static void main(String... args) {
        try {
            System.exit(run(Command.parse(args)) ? 0 : 1);
        } catch (Options.Refused e) {
            System.err.println("safelight: " + e.getMessage());
            System.exit(2);
        } catch (TestAbortedException e) {
            System.err.println("safelight: " + e.getMessage() + "; scripts/install-test-servers brings what is missing");
            System.exit(2);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static boolean run(Command command) throws Exception {
        try (Surge surge = new Surge(command, FOLDER.resolve("surge").toAbsolutePath())) {
            Thread end = new Thread(surge::closeQuietly);
            Runtime.getRuntime().addShutdownHook(end);
            try {
                return surge.run();
            } finally {
                Runtime.getRuntime().removeShutdownHook(end);
            }
        }
    }

    private boolean run() throws Exception {
        world.start();
        MESSAGES.forEach((work, messages) -> autoscalers.put(work, autoscaler(work, messages)));
        while (looks().anyMatch(look -> look.running() < LEAST)) {
            goOn();
        }
        System.out.printf("%d uploads a minute for %d s, then %d for %d s, then %d; %d to %d workers of a group; asked every %d s%n", command.base(),
                pace.calm().toSeconds(), command.surge(), pace.length().toSeconds(), command.base(), LEAST, command.workers(),
                Replicas.POLLED_EVERY.toSeconds());
        began = Instant.now();
        told = began;
        Map<String, Object> figures = new LinkedHashMap<>();
        try (Uploads uploads = new Uploads(new Pictures(SEED), world, ledger, CLIENTS, 0, Integer.MAX_VALUE, 0, number -> number < pace.due(since()))) {
            watch(figures);
            uploads.close();
            figures.put("answers by status", uploads.byStatus());
            findings.addAll(uploads.unexpected());
        }
        awaitRest();
        autoscalers.values().forEach(autoscaler -> findings.addAll(autoscaler.findings()));
        compare(figures);
        write(figures);
        return findings.isEmpty();
    }

    /** The groups behind the workers have one process that stays. */
    private Autoscaler autoscaler(Topology.Work work, int messages) {
        String group = work.queue();
        boolean first = work == Topology.Work.PROCESSING;
        ScaledObjectRef object = ScaledObjectRef.newBuilder().setName(group).setNamespace("safelight")
                .putScalerMetadata("queue", work.queue()).putScalerMetadata("messagesPerReplica", String.valueOf(messages)).build();
        int most = first ? command.workers() : Math.max(LEAST, command.workers() / 2);
        return new Autoscaler(world.process("scaler").port(), object, new Replicas(LEAST, most), first ? 0 : 1, () -> world.worker(group));
    }

    private Stream<Look> looks() {
        return autoscalers.values().stream().map(Autoscaler::last);
    }

    private Duration since() {
        return Duration.between(began, Instant.now());
    }

    /** Since the surge began. */
    private long seconds() {
        return since().minus(pace.calm()).toSeconds();
    }

    /** Until there are as few workers as before. */
    private void watch(Map<String, Object> figures) throws Exception {
        Map<Topology.Work, Look> highest = new TreeMap<>();
        Map<Topology.Work, Integer> most = new TreeMap<>();
        boolean back = false;
        while (!back) {
            goOn();
            autoscalers.forEach((work, autoscaler) -> {
                highest.merge(work, autoscaler.last(), (one, other) -> other.messages() > one.messages() ? other : one);
                most.merge(work, autoscaler.last().running(), Math::max);
            });
            if (since().compareTo(pace.end()) > 0 && ledger.uploads().size() >= pace.due(pace.end())) {
                if (figures.putIfAbsent("seconds until the surge was acknowledged", seconds()) == null) {
                    figures.put("acknowledged a minute while it lasted", Math.round(60.0 * (ledger.uploads().size() - pace.due(pace.calm())) / seconds()));
                }
                if (autoscalers.get(Topology.Work.PROCESSING).last().isBelowTarget()) {
                    figures.putIfAbsent("seconds until the backlog of processing was absorbed", seconds());
                }
                if (looks().allMatch(Look::isBelowTarget)) {
                    figures.putIfAbsent("seconds until all backlogs were absorbed", seconds());
                }
            }
            back = figures.containsKey("seconds until all backlogs were absorbed") && looks().allMatch(look -> look.running() == LEAST && look.draining() == 0);
            if (since().compareTo(pace.end().plus(TO_ABSORB)) > 0) {
                findings.add("not absorbed %s after the surge was over; what waits is %s".formatted(TO_ABSORB, told()));
                break;
            }
        }
        figures.put("seconds until there were as few workers as before", seconds());
        autoscalers.forEach((work, autoscaler) -> figures.put("most of " + work.queue(), "%.0f messages that waited or were in hand, %d workers; %d started"
                .formatted(highest.get(work).messages(), most.get(work), autoscaler.started())));
        figures.put("looks that the scaler did not answer", looks().mapToInt(Look::unanswered).sum());
    }

    /** A moment later. */
    private void goOn() throws Exception {
        Pause.millis(250);
        for (String name : world.processes()) {
            if (!world.process(name).isAlive()) {
                throw new IllegalStateException(name + " ended by itself; its log is " + world.process(name).log());
            }
        }
        for (Autoscaler autoscaler : autoscalers.values()) {
            if (!autoscaler.isAlive()) {
                throw new IllegalStateException(autoscaler.findings().toString());
            }
        }
        if (told != null && Duration.between(told, Instant.now()).compareTo(TOLD_EVERY) > 0) {
            told = Instant.now();
            System.out.printf("  %4d s: %d of %d uploads acknowledged; %s%n", since().toSeconds(), ledger.uploads().size(), pace.due(since()), told());
        }
    }

    private String told() {
        return autoscalers.entrySet().stream().map(e -> "%s: %.0f messages, %d workers asked for, %d running, %d draining".formatted(e.getKey().queue(),
                e.getValue().last().messages(), e.getValue().last().asked(), e.getValue().last().running(), e.getValue().last().draining())).collect(Collectors.joining("; "));
    }

    private void awaitRest() throws Exception {
        Instant since = Instant.now();
        for (long left = world.left(); left > 0; left = world.left()) {
            if (Duration.between(since, Instant.now()).compareTo(TO_REST) > 0) {
                findings.add("not at rest after %s: %d messages and images are on their way".formatted(TO_REST, left));
                return;
            }
            Pause.millis(1_000);
        }
    }

    private void compare(Map<String, Object> figures) throws Exception {
        figures.put("redelivered", world.redelivered());
        Comparison comparison = new Comparison(world, new Pictures(SEED), ledger, Map.of());
        findings.addAll(comparison.findings());
        figures.put("acknowledged", comparison.acknowledged());
        figures.put("states", comparison.states());
        figures.put("lost", comparison.lost());
    }

    private void write(Map<String, Object> figures) throws IOException {
        findings.stream().limit(MOST_TOLD).forEach(System.out::println);
        if (findings.size() > MOST_TOLD) {
            System.out.printf("and %d more%n", findings.size() - MOST_TOLD);
        }
        figures.forEach((name, figure) -> System.out.println(name + ": " + figure));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("date", began.toString());
        all.put("cores", Runtime.getRuntime().availableProcessors());
        all.put("command", command);
        all.put("secondsBetweenLooks", Replicas.POLLED_EVERY.toSeconds());
        all.put("figures", figures);
        all.put("findings", findings);
        Path file = FOLDER.resolve("surge.json");
        Json.MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), all);
        System.out.println("\nAll figures: " + file);
    }

    private void closeQuietly() {
        try {
            close();
        } catch (Exception e) {
            System.err.println("safelight: not everything was stopped: " + e);
        }
    }

    /** Once: who is told to stop closes it beside the run, which then ends too. */
    @Override
    public synchronized void close() throws Exception {
        if (closed) {
            return;
        }
        closed = true;
        World.closeAll(autoscalers.values());
        world.close();
        ledger.close();
    }
}

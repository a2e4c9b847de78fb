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
import org.opentest4j.TestAbortedException;
import sh.keda.externalscaler.ScaledObjectRef;

/**
 * {@code ./safelight bench surge}: uploads rise from few a minute to many and fall again, while processes of the group processing are started and stopped by
 * what the scaler answers. Exits with 0 where the backlog was absorbed and nothing was lost, done twice or leaked.
 */
public final class Surge implements AutoCloseable {
    private static final Path FOLDER = Path.of("target/bench");
    private static final long SEED = 1;
    private static final int LEAST = 1;
    /** Enough for a hundred uploads a second where each takes a third of a second. */
    private static final int CLIENTS = 32;
    private static final int MESSAGES_PER_REPLICA = 10;
    private static final ScaledObjectRef QUEUE = ScaledObjectRef.newBuilder().setName("processing").setNamespace("safelight")
            .putScalerMetadata("queue", Topology.Work.PROCESSING.queue()).putScalerMetadata("messagesPerReplica", String.valueOf(MESSAGES_PER_REPLICA)).build();
    private static final Duration TO_ABSORB = Duration.ofMinutes(20);
    private static final Duration TO_REST = Duration.ofMinutes(10);
    private static final Duration TOLD_EVERY = Duration.ofSeconds(15);
    private static final int MOST_TOLD = 20;

    private final Command command;
    private final Pace pace;
    private final SurgeWorld world;
    private final Ledger ledger;
    private final List<String> findings = new ArrayList<>();
    private Autoscaler autoscaler;
    private Instant began;
    private Instant told;
    private boolean closed;

    /**
     * The command line.
     *
     * @param base    uploads a minute
     * @param surge   uploads a minute while it lasts
     * @param minutes that it lasts; before it come two thirds as many quiet ones
     * @param workers that may run at the most
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
        autoscaler = new Autoscaler(world.process("scaler").port(), QUEUE, new Replicas(LEAST, command.workers()), world::worker);
        while (autoscaler.last().running() < LEAST) {
            goOn();
        }
        System.out.printf("%d uploads a minute for %d s, then %d for %d s, then %d; %d to %d workers, %d messages each; asked every %d s%n", command.base(),
                pace.calm().toSeconds(), command.surge(), pace.length().toSeconds(), command.base(), LEAST, command.workers(), MESSAGES_PER_REPLICA,
                Replicas.POLLED_EVERY.toSeconds());
        began = Instant.now();
        told = began;
        Map<String, Object> figures = new LinkedHashMap<>();
        try (Uploads uploads = new Uploads(SEED, world, ledger, CLIENTS, 0, Integer.MAX_VALUE, 0, number -> number < pace.due(since()))) {
            watch(figures);
            uploads.close();
            figures.put("answers by status", uploads.byStatus());
            findings.addAll(uploads.unexpected());
        }
        awaitRest();
        findings.addAll(autoscaler.findings());
        compare(figures);
        write(figures);
        return findings.isEmpty();
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
        double highest = 0;
        int most = 0;
        Instant absorbed = null;
        boolean back = false;
        while (!back) {
            Look look = goOn();
            highest = Math.max(highest, look.messages());
            most = Math.max(most, look.running());
            boolean taken = since().compareTo(pace.end()) > 0 && ledger.uploads().size() >= pace.due(pace.end());
            if (taken && figures.putIfAbsent("seconds until the surge was acknowledged", seconds()) == null) {
                figures.put("acknowledged a minute while it lasted", Math.round(60.0 * (ledger.uploads().size() - pace.due(pace.calm())) / seconds()));
            }
            if (taken && absorbed == null && look.isBelowTarget()) {
                absorbed = Instant.now();
                figures.put("seconds until its backlog was absorbed", seconds());
            }
            if (absorbed != null && !figures.containsKey("seconds until the queues behind were empty too") && world.furtherOn() < MESSAGES_PER_REPLICA) {
                figures.put("seconds until the queues behind were empty too", seconds());
            }
            back = absorbed != null && figures.containsKey("seconds until the queues behind were empty too") && look.running() == LEAST && look.draining() == 0;
            if (since().compareTo(pace.end().plus(TO_ABSORB)) > 0) {
                findings.add("not absorbed %s after the surge was over; %.0f messages wait".formatted(TO_ABSORB, look.messages()));
                break;
            }
        }
        figures.put("seconds until there were as few workers as before", seconds());
        figures.put("most messages that waited or were in hand", Math.round(highest));
        figures.put("most workers", most);
        figures.put("workers started", autoscaler.started());
        figures.put("looks that the scaler did not answer", autoscaler.last().unanswered());
    }

    /** A moment later. */
    private Look goOn() throws Exception {
        Pause.millis(250);
        for (String name : world.processes()) {
            if (!world.process(name).isAlive()) {
                throw new IllegalStateException(name + " ended by itself; its log is " + world.process(name).log());
            }
        }
        if (!autoscaler.isAlive()) {
            throw new IllegalStateException(autoscaler.findings().toString());
        }
        Look look = autoscaler.last();
        if (told != null && Duration.between(told, Instant.now()).compareTo(TOLD_EVERY) > 0) {
            told = Instant.now();
            System.out.printf("  %4d s: %d of %d uploads acknowledged; %.0f messages, %d further on; workers: %d asked for, %d running, %d draining%n", since().toSeconds(),
                    ledger.uploads().size(), pace.due(since()), look.messages(), world.furtherOn(), look.asked(), look.running(), look.draining());
        }
        return look;
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
        if (autoscaler != null) {
            autoscaler.close();
        }
        world.close();
        ledger.close();
    }
}

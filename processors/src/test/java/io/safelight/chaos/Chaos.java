package io.safelight.chaos;

import io.safelight.intake.Spool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.opentest4j.TestAbortedException;

/**
 * {@code ./safelight chaos}: uploads while processes are killed and servers fail, by a plan from the seed, and compares what was
 * acknowledged with what came of it. Exits with 0 where nothing was lost, nothing done twice and nothing leaked.
 */
public final class Chaos implements AutoCloseable {
    private static final Duration TO_GET_OVER = Duration.ofMinutes(5);
    private static final Duration TO_REST = Duration.ofMinutes(20);
    private static final Duration TOLD_EVERY = Duration.ofSeconds(15);
    /** Not more often: whether a process is ready it asks of its broker, a question for each queue. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(400);
    private static final int MOST_TOLD = 20;
    /** Of uploads, for what happens to some of them to have happened. */
    private static final int ENOUGH = 100;

    private final Options options;
    private final World world;
    private final Ledger ledger;
    private final Instant began = Instant.now();
    /** Uploads that a run had made which this one goes on with. */
    private final int before;
    private Instant told = Instant.now();
    private int unexpected;

    private Chaos(Options asked, Path folder) throws Exception {
        new Children(folder).end();
        SmallDisk.release(folder.resolve("disk"));
        if (!asked.resume()) {
            SeparateWorld.discard(folder);
        }
        Files.createDirectories(folder);
        Spool.delete(folder.resolve("home"));
        this.ledger = new Ledger(folder.resolve("ledger.jsonl"));
        this.options = asked.resume() ? begun(asked) : asked;
        if (!asked.resume()) {
            ledger.begin(options);
        }
        this.before = ledger.uploads().size();
        this.world = world(options, folder);
    }

    private Options begun(Options asked) {
        return ledger.run().map(Options::resumed).orElseThrow(() -> new Options.Refused("there is no run of the seed %d to go on with%s; begin one without --resume."
                .formatted(asked.seed(), asked.embedded() ? " that is --embedded" : "")));
    }

    private static World world(Options options, Path folder) throws Exception {
        if (options.embedded()) {
            return new EmbeddedWorld(folder, options.seed(), options.resume());
        }
        return options.scenario().equals(Options.ALERTS) ? SeparateWorld.watched(folder) : new SeparateWorld(folder);
    }

    public static void main(String... args) {
        try {
            System.exit(run(args) ? 0 : 1);
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

    /** @return whether everything was as it was promised */
    public static boolean run(String... args) throws Exception {
        Options options = Options.parse(args);
        Path folder = Path.of("target/chaos", (options.embedded() ? "embedded-" : "") + options.seed()).toAbsolutePath();
        if (options.resume() && !Files.exists(folder)) {
            throw new Options.Refused("there is no run of the seed " + options.seed() + " to go on with, in " + folder + "; begin one without --resume.");
        }
        boolean well = run(options, folder);
        if (well) {
            SeparateWorld.discard(folder);
        }
        return well;
    }

    private static boolean run(Options options, Path folder) throws Exception {
        try (Chaos chaos = new Chaos(options, folder)) {
            Thread end = new Thread(chaos::closeQuietly);
            Runtime.getRuntime().addShutdownHook(end);
            chaos.world.start();
            boolean well = chaos.watched(folder);
            Runtime.getRuntime().removeShutdownHook(end);
            if (well && chaos.world instanceof EmbeddedWorld embedded) {
                embedded.close();
                embedded.discard();
            }
            return well;
        }
    }

    private boolean watched(Path folder) throws Exception {
        if (options.scenario().equals(Options.ALERTS)) {
            // one who asks for images that are not there would be what an alert is about
            boolean well = new AlertTrials(options, (SeparateWorld) world, ledger, folder).run();
            return well & isAtRest() & compare(Map.of()) & unexpected == 0;
        }
        try (Watch watch = new Watch(world, ledger)) {
            boolean well = switch (options.scenario()) {
                case Options.MIXED -> {
                    mixed();
                    yield true;
                }
                case Options.POISON -> new PoisonPairs(options, world, ledger).run();
                default -> new Alone(options, world, ledger, this::awaitReady, this::awaitRest).run();
            };
            well &= isAtRest();
            System.out.printf("A visitor asked %d times%n", watch.asked());
            if (watch.failure() != null || watch.seen().isEmpty() && isEnough()) {
                unexpected("the visitor saw nothing: " + watch.failure());
            }
            return compare(watch.seen()) & well & unexpected == 0;
        }
    }

    /** Whoever ended by itself meanwhile is found out here. */
    private boolean isAtRest() throws Exception {
        return awaitReady() & awaitRest() & awaitReady();
    }

    private boolean isEnough() {
        return ledger.uploads().size() - before >= ENOUGH;
    }

    private void mixed() throws Exception {
        System.out.printf("Seed %d: %d uploads, %d kills of %s%s%n", options.seed(), options.uploads(), options.kills(), world.processes(),
                options.resume() ? "; gone on with after %d uploads and %d kills".formatted(before, ledger.kills()) : "");
        List<Fault> plan = Fault.plan(new Random(options.seed()), options.kills(), world.processes(), world.kinds());
        try (Copies copies = new Copies(world.brokerUri(), options.seed());
             Uploads uploads = new Uploads(options, world, ledger, 0, options.uploads(), Uploads.POISON_ONE_IN, this::isTimeFor)) {
            for (Fault fault : plan.subList(Math.min(ledger.faults(), plan.size()), plan.size())) {
                awaitTurn(fault, uploads);
                Runnable end = world.begin(fault);
                Pause.millis(fault.length().toMillis());
                end.run();
                world.unsettle();
                ledger.over(fault);
                tell(uploads);
            }
            awaitReady();
            while (!uploads.isOver()) {
                tell(uploads);
                Pause.millis(500);
            }
            System.out.printf("Answers by status: %s; %d events sent twice%n", uploads.byStatus(), copies.sent());
            uploads.unexpected().forEach(this::unexpected);
            if (copies.sent() == 0 && isEnough()) {
                unexpected("no event was sent twice");
            }
        }
    }

    /** Uploads keep step with the faults, so that neither is over long before the other. */
    private boolean isTimeFor(int number) {
        return options.kills() == 0 || number < (ledger.kills() + 2L) * options.uploads() / options.kills() + Uploads.CLIENTS;
    }

    private void awaitTurn(Fault fault, Uploads uploads) {
        Instant since = Instant.now();
        long due = options.kills() == 0 ? 0 : (long) ledger.kills() * options.uploads() / options.kills();
        while (!uploads.isOver() && ledger.uploads().size() < due || !fault.hurry() && !isReady()) {
            if (Duration.between(since, Instant.now()).compareTo(TO_GET_OVER) > 0) {
                throw new IllegalStateException("not got over in " + TO_GET_OVER + "; the last was no. " + ledger.faults());
            }
            tell(uploads);
            Pause.millis(LOOK_EVERY.toMillis());
        }
    }

    private void unexpected(String what) {
        System.out.println("unexpected: " + what);
        unexpected++;
    }

    private boolean isReady() {
        List<String> ended = world.revive();
        if (!ended.isEmpty()) {
            System.out.println("  ended by itself and started again: " + String.join(", ", ended));
            // metadata does not start without its database, and says so
            ended.stream().filter(name -> !name.equals(world.processOf("metadata"))).forEach(name -> unexpected(name + " ended by itself"));
        }
        return world.isReady();
    }

    private boolean awaitReady() {
        Instant since = Instant.now();
        while (!isReady()) {
            if (Duration.between(since, Instant.now()).compareTo(TO_GET_OVER) > 0) {
                throw new IllegalStateException("not ready after " + TO_GET_OVER);
            }
            Pause.millis(LOOK_EVERY.toMillis());
        }
        return true;
    }

    private void tell(Uploads uploads) {
        if (Duration.between(told, Instant.now()).compareTo(TOLD_EVERY) > 0) {
            told = Instant.now();
            System.out.printf("  %4d s: %d kills, %d faults, %d uploads acknowledged, %d requests%n", Duration.between(began, told).toSeconds(),
                    ledger.kills(), ledger.faults(), ledger.uploads().size(), uploads.answers().size());
        }
    }

    /** Until no image is on its way and no message waits. */
    private boolean awaitRest() throws Exception {
        Instant since = Instant.now();
        long left = 1;
        while (left > 0) {
            if (Duration.between(since, Instant.now()).compareTo(TO_REST) > 0) {
                System.out.printf("Not at rest after %s: %d messages and images are on their way%n", TO_REST, left);
                return false;
            }
            left = world.left();
            if (left > 0 && Duration.between(told, Instant.now()).compareTo(TOLD_EVERY) > 0) {
                told = Instant.now();
                System.out.printf("  %4d s: %d still on their way%n", Duration.between(began, told).toSeconds(), left);
            }
            Pause.millis(300);
        }
        return true;
    }

    private boolean compare(Map<String, Instant> seen) throws IOException {
        Comparison comparison = new Comparison(world, options.pictures(), ledger, seen);
        List<String> findings = comparison.findings();
        findings.stream().limit(MOST_TOLD).forEach(System.out::println);
        if (findings.size() > MOST_TOLD) {
            System.out.printf("and %d more%n", findings.size() - MOST_TOLD);
        }
        System.out.println(comparison.rest());
        System.out.println(Comparison.HEAD);
        System.out.println(comparison.row(options.seed() + (options.scenario().equals(Options.MIXED) ? "" : ", `--scenario " + options.scenario() + "`")
                + (options.embedded() ? ", `--embedded`" : "")));
        System.out.println(comparison.line(options.seed()));
        return findings.isEmpty();
    }

    private void closeQuietly() {
        try {
            close();
        } catch (Exception e) {
            System.err.println("safelight: not everything was stopped: " + e);
        }
    }

    @Override
    public void close() throws Exception {
        world.close();
        ledger.close();
    }
}

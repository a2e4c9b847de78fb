package io.safelight.chaos;

import io.safelight.chaos.Uploads.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Each fault by itself, while images are uploaded: what clients saw, and how long it took to be got over. */
final class Alone {
    private static final Duration BEFORE = Duration.ofSeconds(3);
    private static final Duration LENGTH = Duration.ofSeconds(8);
    /** Fewer than are processed in that time, so that what is on its way after a fault is the fault's doing. */
    private static final double UPLOADS_PER_SECOND = 2;
    /** So many follow a fault, at most. */
    private static final int A_FAULT = 100_000;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** @return whether what is waited for came */
    interface Waiting {
        boolean now() throws Exception;
    }

    private final Options options;
    private final World world;
    private final Ledger ledger;
    private final Waiting ready;
    private final Waiting rest;
    private int next;
    private boolean well = true;

    Alone(Options options, World world, Ledger ledger, Waiting ready, Waiting rest) {
        this.options = options;
        this.world = world;
        this.ledger = ledger;
        this.ready = ready;
        this.rest = rest;
    }

    boolean run() throws Exception {
        List<Fault> faults = new ArrayList<>();
        for (Fault.Kind kind : Fault.Kind.values()) {
            if (options.scenario().equals(Options.EACH) || options.scenario().equals(kind.slug())) {
                victims(kind).forEach(victim -> faults.add(new Fault(kind, List.of(victim), kind == Fault.Kind.KILL || kind == Fault.Kind.DRAIN ? Duration.ZERO : LENGTH, false)));
            }
        }
        faults.removeIf(fault -> !fault.isKill() && !world.kinds().contains(fault.kind()));
        if (faults.isEmpty()) {
            System.err.println("safelight: " + options.scenario() + " cannot be done here");
            return false;
        }
        List<String> table = new ArrayList<>();
        for (Fault fault : faults) {
            String line = one(fault);
            System.out.println(line);
            table.add(line);
        }
        System.out.println("\n| fault | answers while it lasted | slowest answer | first upload taken after its end | all at rest after its end |\n|---|---|---|---|---|");
        table.forEach(System.out::println);
        return well;
    }

    private List<String> victims(Fault.Kind kind) {
        return switch (kind) {
            case KILL -> java.util.stream.Stream.concat(world.processes().stream(), Fault.SERVERS.stream()).toList();
            case DRAIN -> world.processes();
            case FULL_DISK -> List.of(Fault.STORE);
            case ALARM -> List.of(Fault.BROKER);
            default -> Fault.SERVERS;
        };
    }

    private String one(Fault fault) throws Exception {
        int from = next;
        next += A_FAULT;
        Instant began;
        Instant ended;
        List<Answer> answers;
        Instant start = Instant.now();
        try (Uploads uploads = new Uploads(options, world, ledger, from, next, 0,
                number -> number - from < UPLOADS_PER_SECOND * Duration.between(start, Instant.now()).toMillis() / 1000)) {
            Pause.millis(BEFORE.toMillis());
            began = Instant.now();
            Runnable end = world.begin(fault);
            Pause.millis(fault.length().toMillis());
            end.run();
            world.unsettle();
            ended = Instant.now();
            ledger.over(fault);
            Instant mended = ended;
            while (uploads.answers().stream().noneMatch(answer -> answer.status() == 202 && answer.sent().isAfter(mended))) {
                if (Duration.between(mended, Instant.now()).compareTo(PATIENCE) > 0) {
                    throw new IllegalStateException("no upload was taken for " + PATIENCE + " after " + fault);
                }
                Pause.millis(20);
            }
            well &= ready.now();
            uploads.close();
            answers = uploads.answers();
            uploads.unexpected().forEach(what -> System.out.println("unexpected: " + what));
            well &= uploads.unexpected().isEmpty();
        }
        boolean rested = rest.now();
        well &= rested;
        Instant atRest = Instant.now();
        Map<Integer, Long> during = new java.util.TreeMap<>();
        answers.stream().filter(a -> a.answered().isAfter(began) && a.sent().isBefore(ended)).forEach(a -> during.merge(a.status(), 1L, Long::sum));
        Duration slowest = answers.stream().map(Answer::took).max(Comparator.naturalOrder()).orElseThrow();
        Instant first = answers.stream().filter(a -> a.status() == 202 && a.answered().isAfter(ended)).map(Answer::answered).min(Comparator.naturalOrder()).orElseThrow();
        return "| %s | %s | %s | %s | %s |".formatted(fault, said(during), seconds(slowest), seconds(Duration.between(ended, first)),
                rested ? seconds(Duration.between(ended, atRest)) : "never");
    }

    private static String said(Map<Integer, Long> during) {
        return during.entrySet().stream().map(e -> e.getValue() + " × " + (e.getKey() == 0 ? "no answer" : e.getKey())).reduce((a, b) -> a + ", " + b).orElse("none");
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
}

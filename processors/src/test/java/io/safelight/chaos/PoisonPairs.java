package io.safelight.chaos;

import io.safelight.it.SafelightClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What bad messages cost good images: rounds without and with poison in turn, and the time from upload to publication in each. */
final class PoisonPairs {
    private static final int PAIRS = 5;
    /** More than a mixed run has, to be seen at all. */
    private static final int POISON_ONE_IN = 20;
    private static final double BOUND = 1.3;
    /** An image each is under way a little longer than it takes to look. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(5);

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Options options;
    private final World world;
    private final Ledger ledger;
    private int next;
    private boolean well = true;

    PoisonPairs(Options options, World world, Ledger ledger) {
        this.options = options;
        this.world = world;
        this.ledger = ledger;
    }

    boolean run() throws Exception {
        int each = Math.max(40, options.uploads() / (2 * PAIRS + 1));
        round(each, 0);
        List<Double> ratios = new ArrayList<>();
        System.out.println("| pair | without poison, median ms | with, median ms | with ÷ without |\n|---|---|---|---|");
        for (int pair = 1; pair <= PAIRS; pair++) {
            boolean cleanFirst = pair % 2 == 1;
            double one = round(each, cleanFirst ? 0 : POISON_ONE_IN);
            double other = round(each, cleanFirst ? POISON_ONE_IN : 0);
            double clean = cleanFirst ? one : other;
            double poisoned = cleanFirst ? other : one;
            ratios.add(poisoned / clean);
            System.out.printf(Locale.ROOT, "| %d | %.0f | %.0f | %.2f |%n", pair, clean, poisoned, poisoned / clean);
        }
        List<Double> sorted = ratios.stream().sorted().toList();
        System.out.printf(Locale.ROOT, "Latency with one bad message in %d uploads ÷ without: median %.2f, from %.2f to %.2f; bound %.1f%n",
                POISON_ONE_IN, sorted.get(PAIRS / 2), sorted.getFirst(), sorted.getLast(), BOUND);
        return well && sorted.get(PAIRS / 2) <= BOUND;
    }

    /** @return median milliseconds from upload to publication */
    private double round(int images, int poisonOneIn) throws Exception {
        int from = next;
        next += images;
        try (Uploads uploads = new Uploads(options, world, ledger, from, next, poisonOneIn, number -> true)) {
            uploads.join();
            uploads.unexpected().forEach(what -> System.out.println("unexpected: " + what));
            well &= uploads.unexpected().isEmpty();
        }
        List<Long> took = new ArrayList<>();
        for (var entry : ledger.uploads().values().stream().filter(e -> e.number() >= from && e.kind() == Ledger.Kind.GOOD).toList()) {
            took.add(Duration.between(entry.sent(), published(entry.id())).toMillis());
        }
        return took.stream().sorted().toList().get(took.size() / 2);
    }

    private Instant published(String id) {
        for (Instant since = Instant.now(); Duration.between(since, Instant.now()).compareTo(PATIENCE) < 0; ) {
            var response = world.client("metadata").get("/api/images/" + id);
            var at = response.statusCode() == 200 ? SafelightClient.json(response).path("publishedAt") : null;
            if (at != null && at.isTextual()) {
                return Instant.parse(at.asText());
            }
            Pause.millis(LOOK_EVERY.toMillis());
        }
        throw new IllegalStateException(id + " was not published in " + PATIENCE);
    }
}

package io.safelight.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.safelight.chaos.Pager.Turn;
import io.safelight.it.SafelightClient;
import io.safelight.lifecycle.ReconcileCommand;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.servers.MonitoringServers;
import io.safelight.store.ObjectStore;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Whether somebody is called: a real Prometheus with the shipped rules and a real Alertmanager watch, while images are uploaded and looked at. Each alert
 * that fires within minutes is made to fire by what it is there for, and to clear by the end of that.
 */
final class AlertTrials {
    private static final Path RULES = Path.of("dashboards/rules");
    /** What waits longer than this before it fires is for promtool to try. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final Duration UPLOADS_EVERY = Duration.ofSeconds(1);
    private static final Duration QUIET = Duration.ofMinutes(1);
    /** Windows of five minutes, and five minutes more before it fires. */
    private static final Duration TO_FIRE = Duration.ofMinutes(14);
    /** A letter has been dead for fifteen minutes by then. */
    private static final Duration LETTER_TO_FIRE = Duration.ofMinutes(25);
    private static final Duration TO_CLEAR = Duration.ofMinutes(40);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration TOLD_EVERY = Duration.ofSeconds(30);
    /** Takes a card whose driver fails. */
    private static final String NO_GPU = "GpuDown";
    /** Burn rates look back for half an hour, and go on firing beside the next fault. */
    private static final Set<String> LOOK_BACK = Set.of("ServingFails", "PublishingLate");
    /** What the same faults do in half an hour and longer; nothing waits for it. */
    private static final Set<String> BESIDES = Set.of("ServingFailsSlowly", "PublishingLateSlowly", "DeadLettersGrow");

    private final Options options;
    private final SeparateWorld world;
    private final Ledger ledger;
    private final Path folder;
    private final List<Trial> trials = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final Instant start = Instant.now();
    private Instant lastUpload = start;
    private Pager pager;

    private interface Step {
        void now() throws Exception;
    }

    /** What went wrong, for so long, and who was to be called. */
    private final class Trial {
        final String fault;
        final List<String> alerts;
        /** What may fire too: images that were under way come late, and what is not cached cannot be shown. */
        final Set<String> besides;
        final Instant began = Instant.now();
        Instant ended = Instant.MAX;

        Trial(String fault, List<String> alerts, String... besides) {
            this.fault = fault;
            this.alerts = alerts;
            this.besides = Set.of(besides);
            trials.add(this);
            say(fault);
        }

        void end(Step end) throws Exception {
            end.now();
            ended = Instant.now();
            say("over: " + fault);
        }

        Optional<Instant> fired(String alert) {
            return pager.first(alert, true, began);
        }

        /** Not before it was over. */
        Optional<Instant> cleared(String alert) {
            return pager.first(alert, false, ended);
        }

        boolean explains(Turn turn) {
            return (alerts.contains(turn.alert()) || besides.contains(turn.alert()))
                    && turn.at().isAfter(began) && cleared(turn.alert()).filter(turn.at()::isAfter).isEmpty();
        }
    }

    AlertTrials(Options options, SeparateWorld world, Ledger ledger, Path folder) {
        this.options = options;
        this.world = world;
        this.ledger = ledger;
        this.folder = folder;
    }

    /** @return whether every alert fired and cleared, and no other did */
    boolean run() throws Exception {
        try (Pager called = new Pager();
             MonitoringServers ignored = MonitoringServers.start(folder.resolve("monitoring"), RULES, world.ports(), called.address())) {
            pager = called;
            try (Visits visits = new Visits(world, ledger);
                 Uploads uploads = new Uploads(options, world, ledger, 0, Integer.MAX_VALUE, 0, this::isTime)) {
                await("no alert while all is well", QUIET, () -> !pager.turns().isEmpty(), false);
                tryAll();
                uploads.close();
                System.out.printf("Uploads, by status: %s. Visits, by status: %s%n", uploads.byStatus(), visits.byStatus());
                findings.addAll(uploads.unexpected());
            }
            judge();
        }
        findings.forEach(System.out::println);
        return findings.isEmpty();
    }

    /** One after the other, and none of those that could not be sent is made up for. */
    private synchronized boolean isTime(int number) {
        Instant now = Instant.now();
        boolean due = !now.isBefore(lastUpload.plus(UPLOADS_EVERY));
        lastUpload = due ? now : lastUpload;
        return due;
    }

    private void tryAll() throws Exception {
        Trial letter = new Trial("a message that no consumer can make sense of", List.of("DeadLettersWait"));
        Ledger.Entry poison = Poison.give(options.seed(), 0, world.brokerUri());
        ledger.acknowledged(poison);

        fault("moderation and lifecycle are stopped", Fault.Kind.DRAIN, List.of("moderation", "lifecycle"),
                List.of("NoScans", "QueueBacklog", "NoLeader"), List.of("PublishingLate"));
        fault("the object store cannot be reached", Fault.Kind.CUT, List.of(Fault.STORE), List.of("ServingFails", "StoreWritesFail", "UploadErrors"), List.of(), "PublishingLate");
        if (world.kinds().contains(Fault.Kind.FULL_DISK)) {
            fault("the disk of store and cache is full", Fault.Kind.FULL_DISK, List.of(Fault.STORE), List.of("DiskFull", "StoreWritesFail", "UploadErrors"), List.of(),
                    "PublishingLate", "ServingFails");
        }
        fault("RabbitMQ has a memory alarm", Fault.Kind.ALARM, List.of(Fault.BROKER), List.of("BrokerTakesNothing", "UploadErrors"), List.of(), "PublishingLate");
        fault("the scaler is stopped", Fault.Kind.DRAIN, List.of("scaler"), List.of("QueuesUnwatched"), List.of());

        Trial leak = new Trial("an image is public of which no row knows", List.of("LeakedImages"));
        String stray = leak();
        reconcile();
        awaitFiring(leak.alerts, TO_FIRE);
        leak.end(() -> reconcile("--mend"));
        world.store().delete(stray);

        awaitFiring(letter.alerts, LETTER_TO_FIRE);
        letter.end(() -> discard(poison.id()));
        for (Trial trial : trials) {
            trial.alerts.forEach(alert -> await(alert + " to clear", TO_CLEAR, () -> trial.cleared(alert).isPresent(), true));
        }
    }

    /** @param afterwards what is to fire once it is over, by what it has left */
    private void fault(String words, Fault.Kind kind, List<String> victims, List<String> meanwhile, List<String> afterwards, String... besides) throws Exception {
        Trial trial = new Trial(words, Stream.concat(meanwhile.stream(), afterwards.stream()).toList(), besides);
        Fault fault = new Fault(kind, victims, Duration.ZERO, false);
        Runnable end = world.begin(fault);
        awaitFiring(meanwhile, TO_FIRE);
        trial.end(end::run);
        ledger.over(fault);
        awaitFiring(afterwards, TO_FIRE);
        // the next one is not to find them firing
        meanwhile.stream().filter(alert -> !LOOK_BACK.contains(alert)).forEach(alert -> await(alert + " to clear", TO_CLEAR, () -> trial.cleared(alert).isPresent(), true));
    }

    private void awaitFiring(List<String> alerts, Duration patience) {
        await(String.join(", ", alerts) + " to fire", patience, () -> pager.firing().containsAll(alerts), true);
    }

    /** @param wanted whether it is to come true in that time, or never to */
    private void await(String what, Duration patience, BooleanSupplier condition, boolean wanted) {
        Instant since = Instant.now();
        Instant told = since;
        while (!condition.getAsBoolean()) {
            Instant now = Instant.now();
            if (Duration.between(since, now).compareTo(patience) > 0) {
                if (wanted) {
                    findings.add("waited in vain for " + what);
                }
                return;
            }
            if (Duration.between(told, now).compareTo(TOLD_EVERY) > 0) {
                told = now;
                say("  waiting for " + what);
            }
            Pause.millis(LOOK_EVERY.toMillis());
        }
        if (!wanted) {
            findings.add("not so: " + what);
        }
    }

    private void say(String what) {
        System.out.printf("  %5d s: %s; firing: %s; %d uploads acknowledged%n", Duration.between(start, Instant.now()).toSeconds(), what,
                pager.firing().isEmpty() ? "none" : String.join(", ", pager.firing()), ledger.uploads().size());
    }

    // --- what is done

    /** @return the key of a manifest that shows the pictures of another image */
    private String leak() throws IOException {
        String shown = ledger.uploads().values().stream().filter(entry -> entry.kind() == Ledger.Kind.GOOD).findFirst().orElseThrow().id();
        UUID stray = Ids.timeOrdered();
        ObjectStore store = world.store();
        try (var content = store.stream(Manifest.key(UUID.fromString(shown))).orElseThrow()) {
            Manifest manifest = Manifest.read(UUID.fromString(shown), content.readAllBytes());
            store.put(Manifest.key(stray), Json.MAPPER.writeValueAsBytes(new Manifest(1, stray, 1, Instant.now(), null, null, null, manifest.variants())), "application/json");
        }
        return Manifest.key(stray);
    }

    private void reconcile(String... more) {
        ReconcileCommand.run(System.out, Stream.concat(Stream.of("--age", "0s", "--url", world.process("metadata").address().toString()), Stream.of(more)).toArray(String[]::new));
    }

    private void discard(String letter) throws IOException {
        SafelightClient metadata = world.client("metadata");
        byte[] wish = Json.MAPPER.writeValueAsBytes(Map.of("ids", List.of(letter), "reason", "a trial of the alerts", "by", "chaos"));
        var answer = metadata.send(metadata.request("/api/dead-letters/discard").header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(wish)));
        if (answer.statusCode() != 200) {
            findings.add("the dead letter could not be discarded: " + SafelightClient.text(answer));
        }
    }

    // --- what came of it

    private void judge() throws IOException {
        System.out.println("\n| what went wrong | alert | fired after its start | cleared after its end |\n|---|---|---|---|");
        for (Trial trial : trials) {
            for (String alert : trial.alerts) {
                System.out.printf("| %s | %s | %s | %s |%n", trial.fault, alert, after(trial.began, trial.fired(alert)), after(trial.ended, trial.cleared(alert)));
            }
        }
        System.out.println();
        pager.turns().stream().filter(turn -> turn.firing() && !BESIDES.contains(turn.alert()) && trials.stream().noneMatch(trial -> trial.explains(turn)))
                .forEach(turn -> findings.add("%s fired at %s, for nothing that was done".formatted(turn.alert(), turn.at())));
        Set<String> untried = soon();
        trials.forEach(trial -> untried.removeAll(trial.alerts));
        if (untried.remove(NO_GPU)) {
            System.out.println(NO_GPU + " was not tried: nothing here has a card whose driver could fail.");
        }
        untried.forEach(alert -> findings.add(alert + " fires within minutes, and was not tried"));
    }

    private static String after(Instant from, Optional<Instant> at) {
        return at.map(then -> String.format(Locale.ROOT, "%d s", Duration.between(from, then).toSeconds())).orElse("**never**");
    }

    /** The alerts that fire within minutes, of all rules. */
    private static Set<String> soon() throws IOException {
        YAMLMapper yaml = new YAMLMapper();
        Set<String> alerts = new TreeSet<>();
        try (Stream<Path> files = Files.list(RULES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
                for (JsonNode rule : yaml.readTree(file.toFile()).findParents("alert")) {
                    if (Duration.parse("PT" + rule.path("for").asText("0s").toUpperCase(Locale.ROOT)).compareTo(LONGEST_WAIT) <= 0) {
                        alerts.add(rule.path("alert").asText());
                    }
                }
            }
        }
        return alerts;
    }
}

package io.safelight.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.chaos.Ledger.Entry;
import io.safelight.chaos.Ledger.Kind;
import io.safelight.it.SafelightClient;
import io.safelight.model.Json;
import io.safelight.model.Variant;
import io.safelight.testing.Studio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The ledger against the database, the object store, the dead letters, and what is served, once everything has come to rest. */
final class Comparison {
    /** Of a table of runs, as in docs/how-to/chaos.md. */
    static final String HEAD = "| seed | kills | acknowledged | published | rejected | review | blocked | dead | lost | duplicated | leaked |";
    /** Tries of what is unavailable, as shipped. */
    private static final int MOST_ATTEMPTS = 10;
    /** In which a publication that a fault cut off is made good, after the fault. */
    private static final Duration TO_MAKE_GOOD = Duration.ofSeconds(20);

    private final World world;
    private final Pictures pictures;
    private final Ledger ledger;
    private final Map<String, Instant> seen;
    private final Map<String, JsonNode> rows = new HashMap<>();
    private final Map<String, JsonNode> letters = new HashMap<>();
    private final Map<String, List<Instant>> decided = new HashMap<>();
    private final Map<Long, String> fences = new HashMap<>();
    private final Map<String, Set<String>> publicKeys;
    private final Set<String> originals;

    private final List<String> lost = new ArrayList<>();
    private final List<String> duplicated = new ArrayList<>();
    private final List<String> leaked = new ArrayList<>();
    private final Map<String, Integer> states = new TreeMap<>();
    private int cutOff;

    /** @param seen since when each image could be seen, by one who asked while things went on */
    Comparison(World world, Pictures pictures, Ledger ledger, Map<String, Instant> seen) throws IOException {
        this.world = world;
        this.pictures = pictures;
        this.ledger = ledger;
        this.seen = seen;
        SafelightClient metadata = world.client("metadata");
        metadata.all("/api/images?limit=200", "images").forEach(image -> rows.put(image.path("id").asText(), image));
        metadata.all("/api/dead-letters?limit=200", "deadLetters").forEach(letter -> letters.put(letter.path("id").asText(), letter));
        metadata.all("/api/audit?limit=200", "entries").stream().filter(entry -> entry.path("action").asText().equals("decided"))
                .forEach(entry -> decided.computeIfAbsent(entry.path("imageId").asText(), id -> new ArrayList<>()).add(Instant.parse(entry.path("at").asText())));
        publicKeys = keys(World.PUBLIC).stream().collect(Collectors.groupingBy(key -> key.substring(0, key.indexOf('/')), Collectors.toSet()));
        originals = keys(World.PRIVATE).stream().filter(key -> key.startsWith("raw/")).map(key -> key.substring(4)).collect(Collectors.toSet());
    }

    private List<String> keys(String bucket) throws IOException {
        Path root = world.buckets().resolve(bucket);
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).map(file -> root.relativize(file).toString()).toList();
        }
    }

    /** The findings, in sentences. Empty where everything is as it was promised. */
    List<String> findings() throws IOException {
        for (Entry entry : ledger.uploads().values()) {
            upload(entry);
        }
        for (Entry entry : ledger.poison().values()) {
            poison(entry);
        }
        strangers();
        List<String> all = new ArrayList<>();
        lost.forEach(finding -> all.add("lost: " + finding));
        duplicated.forEach(finding -> all.add("duplicated: " + finding));
        leaked.forEach(finding -> all.add("leaked: " + finding));
        if (letters.size() != ledger.poison().size()) {
            all.add("dead letters: %d, of which %d are poison that was put in: %s".formatted(letters.size(), ledger.poison().size(),
                    letters.values().stream().filter(l -> ledger.poison().values().stream().noneMatch(p -> p.id().equals(l.path("id").asText())))
                            .limit(5).map(Comparison::brief).toList()));
        }
        int sum = count("published") + count("rejected") + count("review") + count("blocked") + letters.size();
        if (acknowledged() != sum) {
            all.add("acknowledged are %d, and %d came to rest: %s".formatted(acknowledged(), sum, states));
        }
        return all;
    }

    int acknowledged() {
        return ledger.uploads().size() + ledger.poison().size();
    }

    int lost() {
        return lost.size();
    }

    /** How many came to rest in which state. */
    Map<String, Integer> states() {
        return states;
    }

    private int count(String state) {
        return states.getOrDefault(state, 0);
    }

    /** The line that a run ends with. */
    String line(long seed) {
        return "seed=%d kills=%d acknowledged=%d published=%d rejected=%d dead=%d lost=%d duplicated=%d leaked=%d".formatted(seed, ledger.kills(),
                acknowledged(), count("published"), count("rejected"), letters.size(), lost.size(), duplicated.size(), leaked.size());
    }

    /** What the line has no place for. */
    String rest() {
        return "review=%d blocked=%d, seen by a visitor %d, of them %d before a decision that a fault had cut off was taken again"
                .formatted(count("review"), count("blocked"), seen.size(), cutOff);
    }

    /** The same for a table with the columns of {@link #HEAD}. */
    String row(String run) {
        return String.format(Locale.ROOT, "| %s | %,d | %,d | %,d | %,d | %,d | %,d | %,d | %,d | %,d | %,d |", run, ledger.kills(), acknowledged(), count("published"),
                count("rejected"), count("review"), count("blocked"), letters.size(), lost.size(), duplicated.size(), leaked.size());
    }

    private void upload(Entry entry) throws IOException {
        JsonNode row = rows.get(entry.id());
        if (row == null) {
            lost.add(entry.id() + ": acknowledged, and nothing is known of it");
            return;
        }
        String state = row.path("state").asText();
        states.merge(state, 1, Integer::sum);
        String sent = Studio.sha256(pictures.bytes(entry.number()));
        if (!originals.contains(entry.id()) || !sent.equals(digest(world.buckets().resolve(World.PRIVATE).resolve("raw").resolve(entry.id())))
                || !sent.equals(row.path("sha256").asText())) {
            lost.add(entry.id() + ": its original is not in the store, or not what was sent");
        }
        if (!state.equals(entry.kind().state)) {
            (state.equals("published") ? leaked : lost).add("%s: %s, and should be %s: %s".formatted(entry.id(), state, entry.kind().state, row.path("reason").asText()));
            return;
        }
        int decisions = decided.getOrDefault(entry.id(), List.of()).size();
        int wanted = entry.kind() == Kind.BROKEN ? 0 : 1;
        if (decisions != wanted) {
            (decisions > wanted ? duplicated : lost).add("%s: decided %d times".formatted(entry.id(), decisions));
        }
        if (entry.kind() == Kind.GOOD) {
            served(entry, row);
        } else {
            hidden(entry, state);
        }
    }

    private void served(Entry entry, JsonNode row) throws IOException {
        Set<String> there = publicKeys.getOrDefault(entry.id(), Set.of());
        String manifestKey = entry.id() + "/manifest.json";
        if (!there.contains(manifestKey)) {
            lost.add(entry.id() + ": published, and without a manifest");
            return;
        }
        JsonNode manifest = Json.MAPPER.readTree(world.buckets().resolve(World.PUBLIC).resolve(manifestKey).toFile());
        Set<String> wanted = new HashSet<>(manifest.path("variants").findValuesAsText("key"));
        wanted.add(manifestKey);
        fits(entry, row, manifest);
        wanted.stream().filter(key -> !there.contains(key)).forEach(key -> lost.add(key + ": in the manifest, and not in the store"));
        for (JsonNode variant : manifest.path("variants")) {
            String key = variant.path("key").asText();
            if (there.contains(key) && !variant.path("sha256").asText().equals(digest(world.buckets().resolve(World.PUBLIC).resolve(key)))) {
                lost.add(key + ": not the bytes that the manifest tells of");
            }
        }
        there.stream().filter(key -> !wanted.contains(key)).forEach(key -> duplicated.add(key + ": in the store, and not in the manifest"));
        // the visitor's link too: what it cannot see of a good image it could not see of a bad one
        for (String link : List.of(row.at("/variants/0/url").asText(), world.link(entry.id()))) {
            int status = world.client("serving").get(link).statusCode();
            if (status != 200) {
                lost.add("%s: published, and %s is answered %d".formatted(entry.id(), link, status));
            }
        }
        long publications = StreamSupport.stream(world.client("metadata").getJson("/api/images/" + entry.id() + "/timeline").path("entries").spliterator(), false)
                .filter(step -> step.path("name").asText().equals("publish") && step.path("kind").asText().equals("work")).count();
        if (publications != 1) {
            (publications > 1 ? duplicated : lost).add("%s: published %d times".formatted(entry.id(), publications));
        }
        seenInTime(entry, Instant.parse(manifest.path("publishedAt").asText()));
    }

    /** The manifest against the row: of a decision of its own, since the same time, with the same variants and the source. */
    private void fits(Entry entry, JsonNode row, JsonNode manifest) {
        Set<String> ofRow = Stream.concat(variants(row).filter(v -> !v.startsWith(Variant.SOURCE)), Stream.of(Variant.SOURCE)).collect(Collectors.toSet());
        Set<String> ofManifest = variants(manifest).map(v -> v.startsWith(Variant.SOURCE) ? Variant.SOURCE : v).collect(Collectors.toSet());
        if (!ofRow.equals(ofManifest) || manifest.path("variants").size() != ofManifest.size()) {
            lost.add("%s: its row has %s, and its manifest %s".formatted(entry.id(), ofRow, ofManifest));
        }
        String other = fences.put(manifest.path("fence").asLong(), entry.id());
        if (other != null || manifest.path("fence").asLong() <= 0) {
            duplicated.add("%s: its manifest has the fence %s%s".formatted(entry.id(), manifest.path("fence"), other == null ? "" : ", as that of " + other));
        }
        Instant published = Instant.parse(row.path("publishedAt").asText());
        if (Duration.between(published, Instant.parse(manifest.path("publishedAt").asText())).abs().toMillis() > 0) {
            lost.add("%s: public since %s as its row says, and since %s as its manifest does".formatted(entry.id(), published, manifest.path("publishedAt").asText()));
        }
    }

    private static Stream<String> variants(JsonNode of) {
        return StreamSupport.stream(of.path("variants").spliterator(), false).map(v -> "%s %s %d x %d, %d bytes".formatted(v.path("name").asText(), v.path("format").asText(),
                v.path("width").asInt(), v.path("height").asInt(), v.path("bytes").asLong()));
    }

    /**
     * Nobody sees an image before it was decided. A publisher that is killed between its manifest and its commit leaves an image that it has
     * cleared and whose decision is not kept: the next one decides again. That is told apart, and only where there was a fault.
     */
    private void seenInTime(Entry entry, Instant manifest) {
        Instant first = seen.get(entry.id());
        List<Instant> decisions = decided.getOrDefault(entry.id(), List.of());
        if (first == null || decisions.stream().anyMatch(first::isAfter)) {
            return;
        }
        if (!decisions.isEmpty() && first.isAfter(manifest) && ledger.wasHurt(manifest, decisions.getFirst().plus(TO_MAKE_GOOD))) {
            cutOff++;
        } else {
            leaked.add("%s: seen at %s, and decided at %s".formatted(entry.id(), first, decisions));
        }
    }

    private void hidden(Entry entry, String state) throws IOException {
        Set<String> there = publicKeys.getOrDefault(entry.id(), Set.of());
        boolean tombstone = there.size() == 1 && Json.MAPPER.readTree(world.buckets().resolve(World.PUBLIC).resolve(there.iterator().next()).toFile())
                .path("variants").isEmpty();
        if (!there.isEmpty() && !tombstone) {
            leaked.add("%s: %s, and in the public bucket are %s".formatted(entry.id(), state, there));
        }
        if (seen.containsKey(entry.id())) {
            leaked.add("%s: %s, and was seen at %s".formatted(entry.id(), state, seen.get(entry.id())));
        }
        int status = world.client("serving").get(world.link(entry.id())).statusCode();
        if (status == 200) {
            leaked.add("%s: %s, and is served".formatted(entry.id(), state));
        }
    }

    private void poison(Entry entry) {
        JsonNode letter = letters.get(entry.id());
        if (letter == null) {
            lost.add("poison " + entry.id() + ": not among the dead letters");
            return;
        }
        Poison.Dose dose = Poison.dose(entry.number(), entry.id());
        if (!letter.path("message").asText().contains(dose.cause()) || !letter.path("body").asText().equals(dose.body())
                || !letter.path("queue").asText().equals(dose.queue().queue())) {
            lost.add("poison %s: not '%s' with its body and queue, but %s".formatted(entry.id(), dose.cause(), brief(letter)));
        }
        if (!letter.path("trace").asText().equals(dose.trace())) {
            lost.add("poison %s: its trace is %s, and should be %s".formatted(entry.id(), letter.path("trace"), dose.trace()));
        }
        // one whose burial was cut off before its acknowledgement dies again
        if (letter.path("attempts").asInt() < 1 || letter.path("attempts").asInt() > MOST_ATTEMPTS || letter.path("deaths").asInt() > 1 + ledger.faults()) {
            duplicated.add("poison %s: %s attempts and %s deaths".formatted(entry.id(), letter.path("attempts"), letter.path("deaths")));
        }
    }

    private static String digest(Path file) throws IOException {
        return Studio.sha256(Files.readAllBytes(file));
    }

    /** What nobody was promised: rows and objects of images that were not acknowledged, and one picture under two ids. */
    private void strangers() {
        Set<String> known = Stream.concat(ledger.uploads().values().stream(), ledger.poison().values().stream()).map(Entry::id).collect(Collectors.toSet());
        rows.keySet().stream().filter(id -> !known.contains(id)).forEach(id -> duplicated.add(id + ": a row of an image nobody was told of"));
        originals.stream().filter(id -> !known.contains(id)).forEach(id -> duplicated.add(id + ": an original nobody was told of"));
        publicKeys.keySet().stream().filter(id -> !known.contains(id)).forEach(id -> leaked.add(id + ": in the public bucket, and not uploaded"));
        Map<String, String> byDigest = new HashMap<>();
        rows.values().stream().filter(row -> row.path("sha256").isTextual()).forEach(row -> {
            String other = byDigest.put(row.path("sha256").asText(), row.path("id").asText());
            if (other != null) {
                duplicated.add("%s and %s: the same picture".formatted(other, row.path("id").asText()));
            }
        });
    }

    private static String brief(JsonNode letter) {
        return "%s in %s: %s: %s".formatted(letter.path("id").asText(), letter.path("queue").asText(), letter.path("cause").asText(), letter.path("message").asText());
    }
}

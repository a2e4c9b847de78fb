package io.safelight.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.chaos.Ledger.Entry;
import io.safelight.chaos.Ledger.Kind;
import io.safelight.it.SafelightClient;
import io.safelight.model.Json;
import io.safelight.testing.Studio;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The ledger against the database, the object store, the dead letters, and what is served, once everything has come to rest. */
final class Comparison {
    private final World world;
    private final Pictures pictures;
    private final Ledger ledger;
    private final Map<String, Instant> seen;
    private final Map<String, JsonNode> rows = new HashMap<>();
    private final Map<String, JsonNode> letters = new HashMap<>();
    private final Map<String, Integer> decided = new HashMap<>();
    private final Map<String, Set<String>> publicKeys;
    private final Set<String> originals;

    private final List<String> lost = new ArrayList<>();
    private final List<String> duplicated = new ArrayList<>();
    private final List<String> leaked = new ArrayList<>();
    private final Map<String, Integer> states = new TreeMap<>();

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
                .forEach(entry -> decided.merge(entry.path("imageId").asText(), 1, Integer::sum));
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
        return "review=%d blocked=%d, seen by a visitor %d".formatted(count("review"), count("blocked"), seen.size());
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
        int decisions = decided.getOrDefault(entry.id(), 0);
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
        if (wanted.size() != row.path("variants").size() + 2) {
            lost.add(entry.id() + ": its manifest names " + wanted);
        }
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
        Instant published = Instant.parse(row.path("publishedAt").asText());
        if (seen.containsKey(entry.id()) && seen.get(entry.id()).isBefore(published)) {
            leaked.add("%s: seen at %s, and published at %s".formatted(entry.id(), seen.get(entry.id()), published));
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

package io.safelight.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Event;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Policy;
import io.safelight.model.State;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A catalog over a real database and a real store, and the looks into both that tests take. */
final class CatalogFixture {
    final DataSource database = TestDatabase.create();
    final ObjectStore hidden = TestStore.newBucket();
    final ObjectStore open = TestStore.newBucket();
    /** What was heard, in order. */
    final List<String> news = new ArrayList<>();
    /** From the last upload to its publication. */
    Duration took;
    private final CatalogListener listener = new CatalogListener() {
        @Override
        public void decided(Decision decision) {
            news.add(decision.verdict().slug());
        }

        @Override
        public void published(long bytes) {
            news.add(bytes + " bytes");
        }

        @Override
        public void firstPublished(Duration sinceUpload) {
            news.add("first");
            took = sinceUpload;
        }
    };
    final Catalog catalog = catalog(evidence -> strict(evidence.labels()));

    Catalog catalog(Policy policy) {
        return new Catalog(database, hidden, open, policy, (id, variant, format) -> "/i/" + id + "/" + variant + "?format=" + format.slug(), listener);
    }

    static Decision strict(Map<String, Double> labels) {
        double porn = labels.get("porn");
        return porn >= 0.7 ? new Decision(Verdict.BLOCK, "explicit") : porn >= 0.4 ? new Decision(Verdict.REVIEW, "perhaps")
                : new Decision(Verdict.CLEAR, "harmless");
    }

    Studio studio() {
        return new Studio(hidden);
    }

    /** Does what the metadata route does with an event. */
    void hear(Event event) {
        follow(event.id(), catalog.record(event));
    }

    void follow(UUID id, Next next) {
        switch (next) {
            case NOTHING -> { }
            case PUBLISH -> catalog.publish(id);
            case PROCESS, SCAN -> throw new AssertionError("nobody makes or scans images here");
            case ERASE -> catalog.erase(id);
        }
    }

    /** Through every step, to wherever the labels lead. */
    Studio processed(String original, Map<String, Double> labels) {
        Studio studio = new Studio(hidden, original);
        Stream.of(studio.accepted(), studio.rendered(), studio.scanned(labels)).forEach(this::hear);
        return studio;
    }

    /** Does what the metadata route does by the clock. */
    static void redecide(Catalog catalog) {
        for (var waiting = catalog.redecide(3); !waiting.isEmpty(); waiting = catalog.redecide(3)) {
            waiting.forEach(redecision -> {
                catalog.publish(redecision.id());
                catalog.redecided(redecision);
            });
        }
        assertEquals(0, catalog.redecisions().waiting());
    }

    State state(UUID id) {
        return catalog.find(id).orElseThrow().state();
    }

    Optional<Manifest> manifest(UUID id) {
        return open.stream(Manifest.key(id)).map(content -> {
            try (content) {
                return Json.MAPPER.readValue(content, Manifest.class);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    Set<String> publicKeys(UUID id) {
        return keys(open, id + "/");
    }

    Set<String> privateKeys(UUID id) {
        Set<String> all = keys(hidden, Keys.staging(id));
        all.addAll(keys(hidden, Keys.master(id)));
        all.addAll(keys(hidden, Keys.raw(id)));
        return all;
    }

    private static Set<String> keys(ObjectStore store, String prefix) {
        return store.list(prefix).map(Stored::key).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The state, and in public exactly what it allows. */
    void assertStands(State expected, UUID id) {
        assertEquals(expected, state(id));
        switch (expected) {
            case PUBLISHED -> {
                Manifest manifest = manifest(id).orElseThrow();
                Set<String> named = manifest.variants().stream().map(Manifest.Entry::key).collect(Collectors.toCollection(TreeSet::new));
                assertTrue(publicKeys(id).containsAll(named));
            }
            case WITHDRAWN -> {
                assertTrue(manifest(id).orElseThrow().withdrawn());
                assertEquals(Set.of(Manifest.key(id)), publicKeys(id));
                assertEquals(Set.of(), privateKeys(id));
            }
            default -> {
                // where it was public before, a tombstone
                Set<String> left = publicKeys(id);
                assertTrue(left.isEmpty() || left.equals(Set.of(Manifest.key(id))) && manifest(id).orElseThrow().takenDown(), left::toString);
            }
        }
    }

    /** Every order of the items, equal ones not told apart. */
    static List<List<Integer>> orders(List<Integer> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        return items.stream().distinct().flatMap(first -> {
            List<Integer> rest = new ArrayList<>(items);
            rest.remove(first);
            return orders(rest).stream().map(order -> Stream.concat(Stream.of(first), order.stream()).toList());
        }).toList();
    }
}

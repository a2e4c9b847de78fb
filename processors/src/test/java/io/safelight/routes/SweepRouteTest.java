package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.camel.CatalogBean;
import io.safelight.camel.Lifecycle;
import io.safelight.lifecycle.MetadataApi;
import io.safelight.lifecycle.Sweeper;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Ids;
import io.safelight.model.State;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The sweeps are set off by the tests and not by their clock; the metadata API they ask is the real one, over HTTP. */
class SweepRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);
    private Runnable onceToldTheStates = () -> { };

    SweepRouteTest() {
        super(Map.of("safelight.lifecycle.incoming-life", "0s", "safelight.lifecycle.staging-life", "0s", "safelight.lifecycle.stuck-after", "0s"),
                "lifecycle/sweep", "metadata/api-lifecycle");
        for (String route : List.of("sweep-incoming", "sweep-staging", "revive-stuck")) {
            replaceRouteFromWith(route, "direct:" + route);
        }
    }

    @Override
    void bind(Registry registry) {
        MetadataApi metadata = new MetadataApi(URI.create("http://127.0.0.1:" + port));
        registry.bind("catalog", new CatalogBean(archive.catalog) {
            @Override
            public Map<UUID, State> references(String ids) {
                Map<UUID, State> told = super.references(ids);
                onceToldTheStates.run();
                return told;
            }
        });
        registry.bind("lifecycle", new Lifecycle(new Sweeper(hidden, metadata), metadata, config));
    }

    @BeforeEach
    void nothingElse() {
        hidden.delete(keys(hidden, ""));
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
        onceToldTheStates = () -> { };
    }

    private Exchange run(String route) {
        return template.send("direct:" + route, exchange -> {});
    }

    @Test
    void whatWasNeverClaimedIsDeleted() {
        hidden.put(Keys.incoming(Ids.timeOrdered()), Studio.bytes("never claimed"), "image/jpeg");
        hidden.put(Keys.raw(Ids.timeOrdered()), Studio.bytes("an original"), "image/jpeg");

        assertNull(run("sweep-incoming").getException());

        assertEquals(steps("sweep-incoming", "sweep", "tell"), story());
        assertEquals(Set.of(), keys(hidden, "incoming/"));
        assertEquals(1, keys(hidden, "raw/").size());
    }

    @Test
    void stagedRenditionsThatNobodyWillReadAreDeletedAndAllOthersKept() {
        UUID published = archive.published().id;
        Studio waiting = archive.studio();
        archive.heard(waiting.accepted());
        archive.heard(waiting.rendered());
        Studio unknown = archive.studio();
        unknown.rendered();

        assertNull(run("sweep-staging").getException());

        assertTrue(story().containsAll(steps("sweep-staging", "sweep", "tell")), story().toString());
        assertEquals(Set.of(), keys(hidden, Keys.staging(published)));
        assertEquals(Set.of(Keys.raw(published)), keys(hidden, Keys.raw(published)));
        assertFalse(keys(hidden, Keys.staging(waiting.id)).isEmpty());
        assertFalse(keys(hidden, Keys.staging(unknown.id)).isEmpty(), "its events may be on their way");
    }

    @Test
    void whatIsTakenDownWhileItIsSweptKeepsItsCopies() {
        UUID id = archive.published().id;
        onceToldTheStates = () -> {
            onceToldTheStates = () -> { };
            archive.catalog.override(id, null, Verdict.BLOCK, "a complaint", "mo");
        };
        // the store tells seconds
        Duration age = Duration.ofSeconds(1);
        Awaitility.await().until(() -> hidden.list(Keys.staging(id)).allMatch(staged -> staged.modified().isBefore(Instant.now().minus(age.multipliedBy(2)))));

        assertEquals(0, new Sweeper(hidden, new MetadataApi(URI.create("http://127.0.0.1:" + port))).sweepStaging(age));

        assertEquals(State.BLOCKED, archive.catalog.find(id).orElseThrow().state());
        assertEquals(State.PUBLISHED, archive.catalog.override(id, null, Verdict.CLEAR, "unfounded", "mo"));
    }

    @Test
    void whatIsTakenDownWhileAnotherIsSweptKeepsItsCopies() {
        List<UUID> swept = Stream.of(archive.published().id, archive.published().id).sorted(Comparator.comparing(UUID::toString)).toList();
        UUID last = swept.getLast();
        Duration age = Duration.ofSeconds(1);
        Awaitility.await().until(() -> hidden.list("staging/").allMatch(staged -> staged.modified().isBefore(Instant.now().minus(age.multipliedBy(2)))));
        ObjectStore slow = beforeItsFirstDelete(() -> archive.catalog.override(last, null, Verdict.BLOCK, "a complaint", "mo"));

        assertTrue(new Sweeper(slow, new MetadataApi(URI.create("http://127.0.0.1:" + port))).sweepStaging(age) > 0);

        assertEquals(Set.of(), keys(hidden, Keys.staging(swept.getFirst())));
        assertEquals(State.BLOCKED, archive.catalog.find(last).orElseThrow().state());
        assertEquals(State.PUBLISHED, archive.catalog.override(last, null, Verdict.CLEAR, "unfounded", "mo"));
    }

    private ObjectStore beforeItsFirstDelete(Runnable happens) {
        AtomicBoolean first = new AtomicBoolean(true);
        S3Client client = (S3Client) Proxy.newProxyInstance(S3Client.class.getClassLoader(), new Class<?>[] {S3Client.class}, (self, method, arguments) -> {
            if (method.getName().equals("deleteObjects") && first.getAndSet(false)) {
                happens.run();
            }
            try {
                return method.invoke(TestStore.client(), arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
        return new ObjectStore(client, hidden.bucket());
    }

    @Test
    void whileMetadataIsAwayNothingIsDeletedAndNothingFails() {
        UUID published = archive.published().id;
        Set<String> before = keys(hidden, "");
        archive.away(1);

        assertNull(run("sweep-staging").getException());

        assertEquals(before, keys(hidden, ""));
        assertNull(run("sweep-staging").getException());
        assertEquals(Set.of(), keys(hidden, Keys.staging(published)), "at its next time");
    }

    @Test
    void anImageThatMakesNoProgressHasItsLastEventPublishedAgain() {
        Studio accepted = archive.studio();
        archive.heard(accepted.accepted());
        Studio rendered = archive.studio();
        archive.heard(rendered.accepted());
        archive.heard(rendered.rendered());

        assertNull(run("revive-stuck").getException());

        assertTrue(story().containsAll(steps("revive-stuck", "find", "each", "tell", "announce-again")), story().toString());
        Map<String, JsonNode> events = broker.published().stream().map(p -> assertEvent(p.key(), p))
                .collect(java.util.stream.Collectors.toMap(e -> e.get("id").asText(), e -> e));
        assertEquals("accepted", events.get(accepted.id.toString()).at("/fact/kind").asText());
        assertEquals("rendered", events.get(rendered.id.toString()).at("/fact/kind").asText());
        assertTrue(broker.published().stream().anyMatch(p -> p.key().equals("image.accepted")));
        assertTrue(broker.published().stream().anyMatch(p -> p.key().equals("image.rendered")));
    }

    @Test
    void aBrokerThatTakesNothingLeavesItForTheNextTime() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        broker.answer(publication -> TestBroker.Answer.REFUSE);

        assertNull(run("revive-stuck").getException());

        assertEquals(List.of(), broker.published());
        assertFalse(broker.attempted().isEmpty());
    }
}

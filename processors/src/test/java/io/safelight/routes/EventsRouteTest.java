package io.safelight.routes;

import static io.safelight.routes.TestBroker.Settled.ACKED;
import static io.safelight.routes.TestBroker.Settled.GIVEN_BACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Problem;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Manifest;
import io.safelight.model.State;
import io.safelight.model.Step;
import io.safelight.store.Keys;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventsRouteTest extends RouteTest {
    private static final List<String> RECORDED = steps("record-events", "begin", "read", "record", "next");

    private final Archive archive = new Archive(hidden, open);

    EventsRouteTest() {
        super("metadata/events");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
        TestStore.refuseCopy = key -> false;
    }

    private State state(UUID id) {
        return archive.catalog.find(id).orElseThrow().state();
    }

    @Test
    void aFactIsWrittenDownAndNothingElseIsDone() {
        Studio studio = archive.studio();

        assertEquals(ACKED, deliver("metadata", studio.accepted()));

        assertEquals(RECORDED, story());
        assertEquals(State.ACCEPTED, state(studio.id));
        assertEquals(List.of(), broker.attempted());
    }

    @ParameterizedTest
    @CsvSource({"0,1,2", "2,1,0", "1,2,0", "2,0,1"})
    void whateverOrderFactsComeInTheLastOnePublishesTheImage(int first, int second, int third) {
        Studio studio = archive.studio();
        List<Event> events = List.of(studio.accepted(), studio.rendered(), studio.scanned(Archive.HARMLESS));

        for (int i : new int[] {first, second, third}) {
            assertEquals(Set.of(), keys(open, studio.id + "/"), "not before all is known");
            assertEquals(ACKED, deliver("metadata", events.get(i)));
        }

        assertEquals(State.PUBLISHED, state(studio.id));
        assertTrue(keys(open, studio.id + "/").contains(Manifest.key(studio.id)));
        JsonNode event = assertEvent("image.published", published());
        assertEquals(studio.id.toString(), event.get("id").asText());
        assertEquals(studio.trace, event.get("trace").asText());
        assertEquals("published", event.at("/fact/kind").asText());
        assertEquals(steps("record-events", "begin", "read", "record", "next", "decide-and-publish", "published", "compose-published",
                "announce-published"), story().subList(story().size() - 8, story().size()));
    }

    @Test
    void everyEventTwiceLeavesTheSameObjects() {
        Studio studio = archive.studio();
        List<Event> events = List.of(studio.accepted(), studio.rendered(), studio.scanned(Archive.HARMLESS));
        events.forEach(event -> deliver("metadata", event));
        Set<String> once = keys(open, studio.id + "/");
        byte[] manifest = bytes(open, Manifest.key(studio.id)).orElseThrow();

        events.forEach(event -> assertEquals(ACKED, deliver("metadata", event)));

        assertEquals(once, keys(open, studio.id + "/"));
        assertEquals(text(manifest), text(bytes(open, Manifest.key(studio.id)).orElseThrow()));
    }

    @Test
    void whatPolicyDoesNotClearIsNeitherPublishedNorAnnounced() {
        Studio blocked = archive.studio();
        List.of(blocked.accepted(), blocked.rendered(), blocked.scanned(Archive.EXPLICIT)).forEach(event -> deliver("metadata", event));
        Studio doubtful = archive.studio();
        List.of(doubtful.accepted(), doubtful.rendered(), doubtful.scanned(Archive.DOUBTFUL)).forEach(event -> deliver("metadata", event));

        assertEquals(State.BLOCKED, state(blocked.id));
        assertEquals(State.REVIEW, state(doubtful.id));
        assertEquals(Set.of(), keys(open, blocked.id + "/"));
        assertEquals(Set.of(), keys(open, doubtful.id + "/"));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aRejectionIsWrittenDown() {
        Studio studio = archive.studio();
        deliver("metadata", studio.accepted());
        assertEquals(ACKED, deliver("metadata", Event.of(studio.id, TRACE,
                new Fact.Refused(Problem.of(Code.BROKEN_IMAGE, "It ends too early.")), null)));

        assertEquals(State.REJECTED, state(studio.id));
        assertEquals("broken-image: It ends too early.", archive.catalog.find(studio.id).orElseThrow().reason());
    }

    @Test
    void whatAWorkerWroteAfterTheWithdrawalIsErased() {
        Studio studio = archive.published();
        archive.catalog.withdraw(studio.id, "by its owner");
        Event late = studio.rendered("late");

        assertEquals(ACKED, deliver("metadata", late));

        assertEquals(steps("record-events", "begin", "read", "record", "next", "erase"), story());
        assertEquals(Set.of(), keys(hidden, Keys.staging(studio.id)));
        assertEquals(Set.of(), keys(hidden, Keys.master(studio.id)));
        assertEquals(Set.of(Manifest.key(studio.id)), keys(open, studio.id + "/"), "the tombstone");
    }

    @Test
    void whileTheDatabaseIsAwayTheMessageIsHeldAndTriedAgainInPlace() {
        Studio studio = archive.studio();
        archive.away(2);

        assertEquals(ACKED, deliver("metadata", studio.accepted()));

        assertEquals(steps("record-events", "begin", "read", "record", "record", "record", "next"), story());
        assertEquals(State.ACCEPTED, state(studio.id));
        assertEquals(List.of(), broker.attempted(), "neither a retry queue nor a dead one");
    }

    @Test
    void whileTheStoreIsAwayThePublishIsHeldAndTriedAgainInPlace() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        archive.heard(studio.rendered());
        AtomicInteger refused = new AtomicInteger();
        // the client itself asks three times
        TestStore.refuseCopy = key -> key.startsWith(studio.id.toString()) && refused.getAndIncrement() < 3;

        assertEquals(ACKED, deliver("metadata", studio.scanned(Archive.HARMLESS)));

        assertEquals(State.PUBLISHED, state(studio.id));
        assertEvent("image.published", published());
        assertEquals(2, story().stream().filter("record-events-decide-and-publish"::equals).count());
    }

    @Test
    void aScanOfAMasterThatWasMadeAnewMeanwhilePublishesNothingAndTheScanOfTheNewOneDoes() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        archive.heard(studio.rendered());
        Event second = studio.rendered("by another engine");

        assertEquals(ACKED, deliver("metadata", studio.scanned(Archive.HARMLESS)));

        assertEquals(1, story().stream().filter("record-events-decide-and-publish"::equals).count());
        assertEquals(State.SCANNED, state(studio.id));
        assertEquals(Set.of(), keys(open, studio.id + "/"));
        assertEquals(List.of(), broker.attempted(), "neither a retry queue nor a dead one");
        assertEquals(ACKED, deliver("metadata", second));
        assertEquals(ACKED, deliver("metadata", studio.scanned("by another engine", Archive.HARMLESS)));
        assertEquals(State.PUBLISHED, state(studio.id));
        assertEvent("image.published", published());
    }

    /** More of them than there are consumers would otherwise keep the very events waiting that free them. */
    @Test
    void anImageThatAnotherDecisionHasInItsWayIsSetAsideAndInTheEndADeadLetter() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        archive.heard(studio.rendered());
        Event scanned = studio.scanned(Archive.HARMLESS);
        open.put(Manifest.key(studio.id), json(Manifest.takenDown(studio.id, Instant.now()).fenced(1_000_000)), "application/json");
        BasicProperties first = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("metadata", json(scanned), first));

        assertRetried("metadata", 1, "1s", json(scanned), first);
        assertEquals(1, story().stream().filter("record-events-decide-and-publish"::equals).count());
        broker.calm();
        BasicProperties last = properties(Map.of("trace", TRACE, "attempt", 9));
        assertEquals(ACKED, broker.deliver("metadata", json(scanned), last));
        assertBuried("metadata", 10, Overtaken.class, json(scanned), last);
    }

    @Test
    void anImageWhoseMasterIsLostIsMadeAnewAndStaysPublic() {
        Studio studio = archive.published();
        hidden.delete(Keys.master(studio.id));

        assertEquals(ACKED, deliver("metadata", Event.of(studio.id, TRACE, new Fact.Refused(Problem.of(Code.NOT_FOUND, "It is gone.")),
                new Step("scan", Instant.now(), Instant.now()))));

        assertEquals(steps("record-events", "begin", "read", "record", "next", "compose-accepted", "have-it-processed"), story());
        TestBroker.Publication again = published();
        assertEquals("processing", again.key());
        assertEquals(Keys.raw(studio.id), tree(again.message()).at("/keys/0").asText());
        assertEquals("accepted", tree(again.message()).at("/fact/kind").asText());
        assertEquals(State.PUBLISHED, state(studio.id));
    }

    @Test
    void aMasterThatNoModelFindsAndMetadataSeesIsLookedForAgainAndInTheEndADeadLetter() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        archive.heard(studio.rendered());
        byte[] missed = json(Event.of(studio.id, TRACE, new Fact.Refused(Problem.of(Code.NOT_FOUND, "It is gone.")),
                new Step("scan", Instant.now(), Instant.now())));
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("metadata", missed, came));

        assertEquals(steps("record-events", "begin", "read", "record", "next", "compose-rendered", "have-it-scanned"), story());
        TestBroker.Publication again = published();
        assertEquals("moderation", again.key());
        assertEquals(Keys.master(studio.id), tree(again.message()).at("/keys/0").asText());
        assertEquals("rendered", tree(again.message()).at("/fact/kind").asText());
        for (int scan = 0; scan < 4; scan++) {
            broker.calm();
            assertEquals(ACKED, broker.deliver("metadata", missed, came));
        }
        assertTrue(assertBuried("metadata", 1, Fault.class, missed, came).header("cause-message").contains("the same store"));
    }

    @ParameterizedTest
    @CsvSource({"REFUSE", "SILENCE", "CLOSED_CHANNEL", "BROKEN_CONNECTION"})
    void anAnnouncementTheBrokerDoesNotTakeIsHeldAndTriedAgainInPlace(TestBroker.Answer answer) {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        archive.heard(studio.rendered());
        broker.answer(publication -> broker.attempted().size() > 1 ? TestBroker.Answer.CONFIRM : answer);

        assertEquals(ACKED, deliver("metadata", studio.scanned(Archive.HARMLESS)));

        assertEquals(List.of("image.published", "image.published"), broker.attempted().stream().map(TestBroker.Publication::key).toList());
        assertEvent("image.published", published());
    }

    @Test
    void anEventThatNamesAnotherImagesPixelsIsADeadLetter() {
        Studio studio = archive.studio();
        Studio other = archive.studio();
        Fact.Rendered theirs = (Fact.Rendered) other.rendered().fact();
        byte[] forged = json(Event.of(studio.id, TRACE, theirs, null).withObject(Keys.master(studio.id), "0".repeat(64)));
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("metadata", forged, came));

        assertBuried("metadata", 1, Fault.class, forged, came);
    }

    @Test
    void aMessageThatIsNotOfTheContractIsADeadLetterOrGivenBackWhereThatCannotBe() {
        BasicProperties came = properties(Map.of());
        assertEquals(ACKED, broker.deliver("metadata", "no JSON".getBytes(), came));
        assertBuried("metadata", 1, Fault.class, "no JSON".getBytes(), came);

        broker.answer(publication -> TestBroker.Answer.BROKEN_CONNECTION);
        assertEquals(GIVEN_BACK, broker.deliver("metadata", "no JSON".getBytes(), came));
    }
}

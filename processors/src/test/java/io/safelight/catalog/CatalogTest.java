package io.safelight.catalog;

import static io.safelight.model.State.ACCEPTED;
import static io.safelight.model.State.BLOCKED;
import static io.safelight.model.State.FAILED;
import static io.safelight.model.State.PUBLISHED;
import static io.safelight.model.State.REJECTED;
import static io.safelight.model.State.REVIEW;
import static io.safelight.model.State.SCANNED;
import static io.safelight.model.State.WITHDRAWN;
import static io.safelight.testing.Studio.DOUBTFUL;
import static io.safelight.testing.Studio.EXPLICIT;
import static io.safelight.testing.Studio.HARMLESS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.catalog.DeadLetter.Status;
import io.safelight.catalog.DeadLetters.Filter;
import io.safelight.catalog.DeadLetters.Group;
import io.safelight.catalog.DeadLetters.Selection;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Decision;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Seen;
import io.safelight.model.State;
import io.safelight.model.Step;
import io.safelight.model.Topology;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class CatalogTest {
    /** Of a publisher that was overtaken by every other. */
    private static final Fence FIRST = new Fence(1, () -> Long.MAX_VALUE);

    private CatalogFixture at;
    private Catalog catalog;
    private DeadLetters letters;

    @BeforeEach
    void fresh() {
        at = new CatalogFixture();
        catalog = at.catalog;
        letters = catalog.deadLetters();
    }

    @AfterEach
    void calm() {
        TestStore.refuseCopy = key -> false;
        TestStore.refuse = key -> false;
    }

    // ---- what others hear of it

    @Test
    void tellsOnceWhatWasDecidedAndWhenAnUploadBecameServable() {
        Studio studio = at.studio();
        Instant before = Instant.now();
        Stream.of(studio.accepted(), studio.rendered(), studio.scanned(), studio.scanned()).forEach(at::hear);

        long bytes = at.manifest(studio.id).orElseThrow().variants().stream().mapToLong(Manifest.Entry::bytes).sum();
        assertEquals(List.of("clear", bytes + " bytes", "first"), at.news);
        Instant uploaded = studio.accepted().step().from();
        assertTrue(at.took.compareTo(Duration.between(uploaded, before)) >= 0, at.took.toString());
        assertTrue(at.took.compareTo(Duration.between(uploaded, Instant.now())) <= 0, at.took.toString());
    }

    @Test
    void thePersonAnImageWaitedForIsNotCountedAsTimeToPublish() {
        Studio studio = at.processed("doubtful", Studio.DOUBTFUL);
        catalog.override(studio.id, null, Decision.Verdict.CLEAR, "harmless", "mo");
        assertEquals(List.of("review", "clear"), at.news.stream().filter(news -> !news.endsWith("bytes")).toList());
    }

    @Test
    void whatAPersonClearedIsAnnouncedThoughTheProcessDiedThatWasToDoIt() {
        Studio studio = at.processed("doubtful", Studio.DOUBTFUL);
        catalog.override(studio.id, null, Decision.Verdict.CLEAR, "a beach", "mo");
        assertEquals(REVIEW, redecision(studio).before());
        catalog.override(studio.id, null, Decision.Verdict.CLEAR, "still a beach", "mo");
        catalog.told(studio.id);
        assertEquals(PUBLISHED, redecision(studio).before());
    }

    private Catalog.Redecision redecision(Studio studio) {
        return catalog.redecide(10).stream().filter(one -> one.id().equals(studio.id)).findFirst().orElseThrow();
    }

    @Test
    void whatCouldNotBePublishedIsNotTold() {
        Studio studio = at.studio();
        TestStore.refuseCopy = key -> true;
        at.hear(studio.accepted());
        at.hear(studio.rendered());
        assertThrows(Unavailable.class, () -> at.hear(studio.scanned()));
        assertEquals(List.of(), at.news);
    }

    // ---- events, in whatever order

    @Test
    void everyOrderOfEventsWithEveryOneRepeatedEndsPublished() {
        List<List<Integer>> orders = CatalogFixture.orders(List.of(0, 1, 2, 0, 1, 2));
        assertEquals(90, orders.size());
        for (List<Integer> order : orders) {
            Studio studio = at.studio();
            List<Event> events = List.of(studio.accepted(), studio.rendered(), studio.scanned());
            order.forEach(i -> at.hear(events.get(i)));
            at.assertStands(PUBLISHED, studio.id);
        }
    }

    @Test
    void aWithdrawalAtAnyPositionEndsWithdrawnAndNothingComesBack() {
        for (List<Integer> order : CatalogFixture.orders(List.of(0, 1, 2))) {
            for (int position = 0; position <= 3; position++) {
                Studio studio = at.studio();
                for (int i = 0; i < 3; i++) {
                    if (i == position) {
                        at.hear(Event.of(studio.id, studio.trace, new Fact.Withdrawn(), null));
                    }
                    // what the event refers to is written now, before or after the withdrawal
                    at.hear(switch (order.get(i)) {
                        case 0 -> studio.accepted();
                        case 1 -> studio.rendered();
                        default -> studio.scanned();
                    });
                }
                if (position == 3) {
                    catalog.withdraw(studio.id, "asked by owner");
                }
                at.assertStands(WITHDRAWN, studio.id);
                // the original's bytes are known as withdrawn, whichever event came first
                Studio other = at.processed(studio.original, HARMLESS);
                at.assertStands(BLOCKED, other.id);
            }
        }
    }

    @Test
    void theEventsOfOneImageMayBeHeardAtTheSameTime() throws Exception {
        List<Studio> studios = Stream.generate(at::studio).limit(10).toList();
        List<Event> events = new ArrayList<>(studios.stream()
                .flatMap(s -> Stream.of(s.accepted(), s.rendered(), s.scanned(), s.accepted(), s.rendered(), s.scanned())).toList());
        Collections.shuffle(events, new Random(7));
        together(events.stream().map(event -> (Runnable) () -> at.hear(event)).toList());
        for (Studio studio : studios) {
            at.assertStands(PUBLISHED, studio.id);
        }
    }

    @Test
    void nothingIsPublishedBeforeTheOriginalIsKnown() {
        Studio studio = at.studio();
        at.hear(studio.rendered());
        assertEquals(Next.NOTHING, catalog.record(studio.scanned()));
        assertEquals(SCANNED, catalog.publish(studio.id));
        at.assertStands(SCANNED, studio.id);
        assertEquals(Next.PUBLISH, catalog.record(studio.accepted()));
    }

    @Test
    void anImageRefusedAfterItWasAcceptedIsRejectedWhateverElseComes() {
        Studio studio = at.studio();
        Event refused = Event.of(studio.id, studio.trace, new Fact.Refused(Problem.of(Code.BROKEN_IMAGE, "Cut short.")), null);
        at.hear(studio.accepted());
        at.hear(refused);
        at.hear(studio.rendered());
        at.hear(studio.scanned());
        at.assertStands(REJECTED, studio.id);
        assertEquals("broken-image: Cut short.", catalog.find(studio.id).orElseThrow().reason());

        Studio published = at.processed("p", HARMLESS);
        at.hear(new Event(1, published.id, null, null, null, null, refused.fact()));
        at.assertStands(REJECTED, published.id);
    }

    @Test
    void anImageWhoseMasterIsLostIsMadeAnewWhereItsOriginalIsThere() {
        Studio published = at.processed("published", HARMLESS);
        Studio rendered = at.studio();
        at.hear(rendered.accepted());
        at.hear(rendered.rendered());
        for (Studio studio : List.of(published, rendered)) {
            State before = at.state(studio.id);
            assertEquals(Next.SCAN, catalog.record(withoutMaster(studio)), "it is there by now");
            at.hidden.delete(Keys.master(studio.id));
            assertEquals(Next.PROCESS, catalog.record(withoutMaster(studio)));
            at.assertStands(before, studio.id);
            assertEquals(List.of(Keys.raw(studio.id)), catalog.accepted(studio.id).keys());
        }
    }

    /** Something deletes it each time, or moderation looks into another store. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMasterThatNoModelEverFindsIsADeadLetterAndItsReplayGoesOn(boolean lost) {
        Studio published = at.processed("never found again " + lost, HARMLESS);
        Studio rendered = at.studio();
        at.hear(rendered.accepted());
        at.hear(rendered.rendered());
        for (Studio studio : List.of(published, rendered)) {
            State before = at.state(studio.id);
            Fault fault = assertThrows(Fault.class, () -> {
                for (int scan = 0; scan < 10; scan++) {
                    Event remade = studio.rendered();
                    if (lost) {
                        at.hear(remade);
                        at.hidden.delete(Keys.master(studio.id));
                    }
                    assertEquals(lost ? Next.PROCESS : Next.SCAN, catalog.record(withoutMaster(studio)));
                }
            });
            assertTrue(fault.getMessage().contains(studio.id + "") && fault.getMessage().contains(lost ? "deletes it" : "the same store"), fault.getMessage());
            catalog.bury(letter("never found " + studio.id, studio.id));
            at.assertStands(before == PUBLISHED ? PUBLISHED : FAILED, studio.id);
            catalog.deadLetters().replayed(catalog.deadLetters().find("never found " + studio.id).orElseThrow());

            assertEquals(lost ? Next.PROCESS : Next.SCAN, catalog.record(withoutMaster(studio)));
            at.hear(studio.rendered());
            at.hear(studio.scanned());
            at.assertStands(PUBLISHED, studio.id);
        }
    }

    @Test
    void scansThatFoundNoMasterCountOnlyInARowAndAreInTheTimeline() {
        Studio studio = at.processed("lost now and then", HARMLESS);
        for (int time = 0; time < 10; time++) {
            assertEquals(Next.SCAN, catalog.record(withoutMaster(studio)));
            at.hear(studio.scanned());
        }
        assertEquals(11, catalog.timeline(studio.id).entries().stream().filter(entry -> entry.name().equals("scan") && entry.kind().equals("work")).count());
    }

    @Test
    void aScanThatFoundNoMasterIsLeftToTheOneThatHasBeenMadeSince() {
        Studio studio = at.processed("made anew meanwhile", HARMLESS);
        studio.rendered("second");
        assertEquals(Next.NOTHING, catalog.record(withoutMaster(studio)));
    }

    @Test
    void anImageWithoutMasterAndOriginalIsRejectedUnlessItIsPublished() {
        Studio published = at.processed("published", HARMLESS);
        Studio rendered = at.studio();
        at.hear(rendered.accepted());
        at.hear(rendered.rendered());
        for (Studio studio : List.of(published, rendered)) {
            at.hidden.delete(Keys.master(studio.id), Keys.raw(studio.id));
        }
        assertThrows(Fault.class, () -> catalog.record(withoutMaster(published)));
        at.hear(withoutMaster(rendered));
        at.assertStands(PUBLISHED, published.id);
        at.assertStands(REJECTED, rendered.id);
    }

    @Test
    void aScanOfWhatIsWithdrawnAsksForNothingToBeMade() {
        Studio studio = at.processed("withdrawn", HARMLESS);
        catalog.withdraw(studio.id, "asked");
        at.hear(withoutMaster(studio));
        at.assertStands(WITHDRAWN, studio.id);
    }

    /** As moderation tells that it found no master. */
    private static Event withoutMaster(Studio studio) {
        return Event.of(studio.id, studio.trace, new Fact.Refused(Problem.of(Code.NOT_FOUND, "It is gone.")), new Step("scan", Instant.now(), Instant.now()));
    }

    @Test
    void aScanOfAnotherMasterDecidesNothing() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        at.hear(studio.scanned("", HARMLESS));
        at.hear(studio.rendered("second"));
        at.assertStands(State.RENDERED, studio.id);
        at.hear(studio.scanned("second", EXPLICIT));
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void aNewRenderingOfAPublishedImageReplacesWhatIsServed() {
        Studio studio = at.processed("r", HARMLESS);
        Manifest before = at.manifest(studio.id).orElseThrow();
        at.hear(studio.rendered("second"));
        at.hear(studio.scanned("second", HARMLESS));
        at.assertStands(PUBLISHED, studio.id);
        Manifest after = at.manifest(studio.id).orElseThrow();
        assertEquals(before.publishedAt(), after.publishedAt());
        assertTrue(Set.copyOf(before.variants()).stream().noneMatch(after.variants()::contains));
    }

    @Test
    void anEventThatCannotBeTrueIsAFault() {
        Studio studio = at.studio();
        Event rendered = studio.rendered();
        Variant foreign = ((Fact.Rendered) at.studio().rendered().fact()).variants().getFirst();
        Fact.Rendered honest = (Fact.Rendered) rendered.fact();
        Variant other = new Variant("source", Format.JPEG, 1, 1, 1, "b".repeat(64), Keys.master(studio.id));
        Variant staged = new Variant("source", Format.JPEG, 1, 1, 1, rendered.sha256(), Variant.stagingKey(studio.id, "source", rendered.sha256(), Format.JPEG));
        Fact stolen = new Fact.Rendered(1, 1, "", "", Map.of(), "", List.of(foreign), null);
        List<Event> lies = new ArrayList<>(List.of(
                new Event(2, studio.id, null, null, null, null, new Fact.Published()),
                new Event(1, null, null, null, null, null, new Fact.Published()),
                new Event(1, studio.id, null, null, null, null, null),
                new Event(1, studio.id, rendered.sha256(), null, null, null, stolen),
                new Event(1, studio.id, rendered.sha256(), null, null, null, with(honest, other)),
                new Event(1, studio.id, rendered.sha256(), null, null, null, with(honest, staged)),
                new Event(1, studio.id, "abc", null, null, null, rendered.fact()),
                new Event(1, studio.id, null, null, null, null, studio.accepted().fact()),
                Event.of(studio.id, null, seen(Map.of("porn", 0.1)), null),
                Event.of(studio.id, null, seen(Map.of()), null).withObject(Keys.master(studio.id), "a".repeat(64)),
                Event.of(studio.id, null, seen(Map.of("porn", Double.NaN)), null).withObject(Keys.master(studio.id), "a".repeat(64)),
                Event.of(studio.id, null, new Fact.Refused(null), null),
                Event.of(studio.id, null, new Fact.Published(), new Step("x", null, null))));
        lies.add(null);
        for (Event lie : lies) {
            assertThrows(Fault.class, () -> catalog.record(lie), String.valueOf(lie));
        }
        assertTrue(catalog.find(studio.id).isEmpty());
    }

    private static Fact with(Fact.Rendered fact, Variant variant) {
        return new Fact.Rendered(fact.width(), fact.height(), fact.blurhash(), fact.dominantColor(), fact.exif(), fact.engine(), List.of(variant), null);
    }

    // ---- publishing

    @Test
    void theMasterThatWasLookedAtIsPublishedAsTheSourceAndGoesWithTheImage() {
        Studio studio = at.processed("s", HARMLESS);
        Manifest.Entry source = at.manifest(studio.id).orElseThrow().variants().getLast();
        assertEquals("source", source.name());
        assertEquals(at.hidden.head(Keys.master(studio.id)).orElseThrow().metadata().get("sha256"), source.sha256());
        assertEquals(studio.id + "/source-" + source.sha256().substring(0, 16) + ".jpg", source.key());
        assertEquals(source.bytes(), at.open.head(source.key()).orElseThrow().bytes());
        assertTrue(catalog.find(studio.id).orElseThrow().variants().stream().noneMatch(v -> v.name().equals("source")), "it is nobody's to fetch");

        catalog.withdraw(studio.id, null);
        assertEquals(Set.of(Manifest.key(studio.id)), at.publicKeys(studio.id));
    }

    @Test
    void aMasterThatWasMadeAnewIsNotPublishedBeforeItWasLookedAt() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        at.hear(studio.rendered());
        catalog.record(studio.scanned());
        Event second = studio.rendered("second");
        assertEquals(SCANNED, catalog.publish(studio.id), "the events of the new one decide");
        assertEquals(Set.of(), at.publicKeys(studio.id));
        assertEquals(List.of(), at.news);

        at.hear(second);
        at.hear(studio.scanned("second", HARMLESS));
        at.assertStands(PUBLISHED, studio.id);
        assertEquals(second.sha256(), at.manifest(studio.id).orElseThrow().variants().getLast().sha256());
    }

    @Test
    void aMasterThatWasMadeAnewWithoutAnEventIsMadeOnceMore() {
        Studio studio = at.studio();
        Event accepted = studio.accepted();
        at.hear(accepted);
        at.hear(studio.rendered());
        studio.rendered("nobody tells of it");
        at.hear(studio.scanned());
        TestDatabase.execute(at.database, "update image set updated = updated - interval '16 minutes'");

        List<Event> again = catalog.stuck(Duration.ofMinutes(15)).stream().filter(event -> event.id().equals(studio.id)).toList();

        assertEquals(List.of("image.accepted"), again.stream().map(Event::routingKey).toList());
        assertEquals(accepted.keys(), again.getFirst().keys());
        at.hear(again.getFirst());
        at.assertStands(SCANNED, studio.id);
        at.hear(studio.rendered());
        at.assertStands(PUBLISHED, studio.id);
    }

    @Test
    void whatIsNotClearedIsTakenDownAlsoWhileItsMasterIsMadeAnew() {
        Studio studio = at.processed("stricter meanwhile", HARMLESS);
        studio.rendered("second");
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "a new rule")).publish(studio.id);
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void whatAPersonWasShownIsNoLongerDecidedWhenTheStateTheMasterOrAPersonsDecisionIsAnother() {
        Studio studio = at.processed("decided twice", DOUBTFUL);
        String shown = catalog.version(studio.id).orElseThrow();
        catalog.override(studio.id, shown, Decision.Verdict.BLOCK, "no beach", "mo");
        assertRefusesToClear(studio.id, shown);

        String blocked = catalog.version(studio.id).orElseThrow();
        catalog.override(studio.id, blocked, Decision.Verdict.BLOCK, "none at all", "jo");
        assertRefusesToClear(studio.id, blocked);
        at.assertStands(BLOCKED, studio.id);

        Stream.of(studio.rendered("second"), studio.scanned("second", DOUBTFUL)).forEach(at::hear);
        assertRefusesToClear(studio.id, shown);
        at.assertStands(State.REVIEW, studio.id);
    }

    private void assertRefusesToClear(UUID id, String version) {
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> catalog.override(id, version, Decision.Verdict.CLEAR, "a beach", "jo")).code());
    }

    @Test
    void aPersonWhoClearsWhatIsMadeAnewIsTold() {
        Studio studio = at.processed("cleared meanwhile", DOUBTFUL);
        studio.rendered("second");
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> catalog.override(studio.id, null, Decision.Verdict.CLEAR, "a beach", "mo")).code());
        at.assertStands(State.REVIEW, studio.id);
    }

    @Test
    void onlyWhatPolicyClearsIsEverPublic() {
        at.assertStands(PUBLISHED, at.processed("a", HARMLESS).id);
        at.assertStands(REVIEW, at.processed("b", DOUBTFUL).id);
        at.assertStands(BLOCKED, at.processed("c", EXPLICIT).id);
    }

    @Test
    void theManifestNamesEveryVariantWithItsDigest() throws Exception {
        Studio studio = at.processed("m", HARMLESS);
        JsonNode json = Json.MAPPER.valueToTree(at.manifest(studio.id).orElseThrow());
        assertEquals(studio.id.toString(), json.get("id").asText());
        JsonNode webp = json.get("variants").get(1);
        assertEquals(Set.of("name", "format", "contentType", "width", "height", "bytes", "sha256", "key"),
                new HashSet<>(fields(webp)));
        assertEquals("image/webp", webp.get("contentType").asText());
        var fetched = at.open.head(webp.get("key").asText()).orElseThrow();
        assertEquals("image/webp", fetched.contentType());
    }

    @Test
    void aRedeliveredPublishChangesNothing() {
        Studio studio = at.processed("x", HARMLESS);
        ImageView before = catalog.find(studio.id).orElseThrow();
        Timeline timeline = catalog.timeline(studio.id);
        assertEquals(PUBLISHED, catalog.publish(studio.id));
        assertEquals(before, catalog.find(studio.id).orElseThrow());
        assertEquals(timeline, catalog.timeline(studio.id));
    }

    @Test
    void aStoreThatFailsBetweenTheCopiesDelaysAnImageAndShowsNothing() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        at.hear(studio.rendered());
        catalog.record(studio.scanned());
        TestStore.refuseCopy = key -> key.endsWith(".jpg");
        assertThrows(Unavailable.class, () -> catalog.publish(studio.id));
        assertTrue(at.manifest(studio.id).isEmpty());
        assertEquals(SCANNED, at.state(studio.id));

        TestStore.refuseCopy = key -> false;
        assertEquals(Next.PUBLISH, catalog.record(studio.scanned()));
        assertEquals(PUBLISHED, catalog.publish(studio.id));
        at.assertStands(PUBLISHED, studio.id);
    }

    @Test
    void aCrashAfterTheCopiesIsRepairedByTheRedelivery() {
        Studio studio = at.processed("crash", HARMLESS);
        Manifest first = at.manifest(studio.id).orElseThrow();
        forgetPublishing(studio.id);
        at.hidden.delete(at.hidden.list(Keys.staging(studio.id)).map(o -> o.key()).toList());

        assertEquals(PUBLISHED, catalog.publish(studio.id));

        assertEquals(first, at.manifest(studio.id).orElseThrow());
        assertEquals(first.publishedAt(), catalog.find(studio.id).orElseThrow().publishedAt());
    }

    @Test
    void aCrashAfterTheCopiesLeavesNothingPublicOnceTheImageIsNoLongerCleared() {
        Studio blocked = at.processed("crash1", HARMLESS);
        forgetPublishing(blocked.id);
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "stricter")).publish(blocked.id);
        at.assertStands(BLOCKED, blocked.id);

        Studio review = at.processed("crash2", HARMLESS);
        forgetPublishing(review.id);
        at.catalog(evidence -> new Decision(Decision.Verdict.REVIEW, "stricter")).publish(review.id);
        at.assertStands(REVIEW, review.id);

        Studio failed = at.processed("crash3", HARMLESS);
        forgetPublishing(failed.id);
        catalog.bury(letter("m", failed.id));
        CatalogFixture.redecide(catalog);
        at.assertStands(FAILED, failed.id);
    }

    @Test
    void aDeadLetterIsKeptWhileTheStoreIsAwayAndWhatWasMadePublicIsTakenAwayWhenItIsBack() {
        Studio studio = at.processed("crash in an outage", HARMLESS);
        forgetPublishing(studio.id);
        TestStore.refuse = key -> true;

        catalog.bury(letter("m", studio.id));
        assertEquals(FAILED, at.state(studio.id));
        assertThrows(Unavailable.class, () -> CatalogFixture.redecide(catalog));

        TestStore.refuse = key -> false;
        assertTrue(at.manifest(studio.id).orElseThrow().publishedAt() != null, "nobody could take it away yet");
        TestDatabase.execute(at.database, "update redecision set taken = now() - interval '1 hour' where image_id = ?", studio.id);
        CatalogFixture.redecide(catalog);
        at.assertStands(FAILED, studio.id);
    }

    @Test
    void aDeadLetterOfWhatWasNeverRenderedHasNothingLookedFor() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("m", studio.id));
        assertEquals(0, catalog.redecisions().waiting());
    }

    @Test
    void whatCouldNotBeTakenAwayForLongIsTriedAgainByARescan() {
        Studio studio = at.processed("crash in a long outage", HARMLESS);
        forgetPublishing(studio.id);
        catalog.bury(letter("m", studio.id));
        TestDatabase.execute(at.database, "update redecision set attempts = 288 where image_id = ?", studio.id);
        assertEquals(List.of(), catalog.redecide(10));

        catalog.rescan(false, null);
        CatalogFixture.redecide(catalog);
        at.assertStands(FAILED, studio.id);
    }

    /** What the database would say had the process died between the last write to the store and its commit. */
    private void forgetPublishing(UUID id) {
        TestDatabase.execute(at.database, "update image set state = 'scanned', published = null, verdict = null where id = ?", id);
        TestDatabase.execute(at.database, "delete from step where image_id = ? and name = 'publish'", id);
    }

    @Test
    void aPublishedImageThatPolicyNowBlocksIsTakenDown() {
        Studio studio = at.processed("late rule", HARMLESS);
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "a new rule")).publish(studio.id);
        at.assertStands(BLOCKED, studio.id);
        assertEquals("a new rule", catalog.find(studio.id).orElseThrow().reason());
        assertTrue(at.manifest(studio.id).orElseThrow().takenDown(), "its links answer 410");
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "a new rule")).publish(studio.id);
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void whatWasTakenDownComesBackWhenItIsClearedThoughItsStagedCopiesWereSwept() {
        Studio studio = at.processed("late rule, revoked", HARMLESS);
        Manifest before = at.manifest(studio.id).orElseThrow();
        at.hidden.list(Keys.staging(studio.id)).toList().forEach(staged -> at.hidden.delete(staged.key()));
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "a new rule")).publish(studio.id);

        catalog.publish(studio.id);

        at.assertStands(PUBLISHED, studio.id);
        assertEquals(before.variants(), at.manifest(studio.id).orElseThrow().variants());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPublisherThatLostItsLockDoesNotShowWhatALaterDecisionTookDown(boolean expectsNothing) {
        Studio studio = at.processed("overtaken", HARMLESS);
        List<Variant> variants = ((Fact.Rendered) studio.rendered().fact()).variants();
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "a new rule")).publish(studio.id);

        assertThrows(Overtaken.class, () -> new Shelf(at.hidden, at.open).show(studio.id, null, Instant.now(), variants, FIRST, expectsNothing, () -> { }));

        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void missingStagedObjectsAreAFault() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        at.hear(studio.rendered());
        catalog.record(studio.scanned());
        at.hidden.delete(at.hidden.list(Keys.staging(studio.id)).map(o -> o.key()).toList());
        assertThrows(Fault.class, () -> catalog.publish(studio.id));
        assertTrue(at.manifest(studio.id).isEmpty());
    }

    @Test
    void whatIsPublicAlreadyStaysAsItIsWhereNothingWasExpectedToBe() {
        Studio studio = at.processed("remembered by the store alone", HARMLESS);
        Manifest before = at.manifest(studio.id).orElseThrow();
        List<Variant> variants = ((Fact.Rendered) studio.rendered().fact()).variants();

        Optional<Instant> since = new Shelf(at.hidden, at.open).show(studio.id, null, before.publishedAt().plusSeconds(60), variants,
                new Fence(1_000_000, () -> 1_000_000), true, () -> { });

        assertEquals(Optional.of(before.publishedAt()), since);
        assertEquals(before, at.manifest(studio.id).orElseThrow());
        at.assertStands(PUBLISHED, studio.id);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPublisherThatLostItsLockNeverOverwritesATombstone(boolean expectsNothing) {
        Studio studio = at.studio();
        List<Variant> variants = ((Fact.Rendered) studio.rendered().fact()).variants();
        Shelf zombie = new Shelf(at.hidden, at.open);
        // the withdrawal comes in between the publisher's look at the manifest and its write
        TestStore.refuseCopy = key -> {
            at.open.put(Manifest.key(studio.id), Images.write(Manifest.tombstone(studio.id, Instant.now())).getBytes(), "application/json");
            return false;
        };
        assertThrows(Overtaken.class, () -> zombie.show(studio.id, null, Instant.now(), variants, FIRST, expectsNothing, () -> { }));
        assertTrue(at.manifest(studio.id).orElseThrow().withdrawn());
        assertEquals(Set.of(Manifest.key(studio.id)), at.publicKeys(studio.id));
    }

    /** The database is back from a backup, and its fences begin again where they were then. */
    @Test
    void whatWasPublishedByADecisionThatABackupForgotIsPublishedAgain() {
        Studio studio = at.processed("in flight at the backup", HARMLESS);
        Manifest before = at.manifest(studio.id).orElseThrow();
        forgetPublishing(studio.id);
        put(before.fenced(1_000_000));

        at.hear(studio.scanned());

        at.assertStands(PUBLISHED, studio.id);
        assertEquals(before.publishedAt(), catalog.find(studio.id).orElseThrow().publishedAt());
    }

    @Test
    void whatWasPublishedByADecisionThatABackupForgotIsTakenDownWhereItIsNotClearedNow() {
        Studio studio = at.processed("in flight at the backup", HARMLESS);
        forgetPublishing(studio.id);
        put(at.manifest(studio.id).orElseThrow().fenced(1_000_000));
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "stricter")).publish(studio.id);
        at.assertStands(BLOCKED, studio.id);
    }

    /** Somebody may have looked at it, and nobody remembers. */
    @Test
    void whatWasTakenDownByADecisionThatABackupForgotIsNotShownAndItsDeadLetterIsKept() {
        Studio studio = at.processed("taken down after the backup", HARMLESS);
        at.catalog(evidence -> new Decision(Decision.Verdict.BLOCK, "stricter")).publish(studio.id);
        forgetPublishing(studio.id);
        put(Manifest.takenDown(studio.id, Instant.now()).fenced(1_000_000));

        assertThrows(Overtaken.class, () -> at.hear(studio.scanned()));
        at.assertStands(SCANNED, studio.id);
        catalog.bury(letter("m", studio.id));
        CatalogFixture.redecide(catalog);

        at.assertStands(FAILED, studio.id);
    }

    @Test
    void aDeadLetterOfWhatIsWithdrawnInPublicAloneIsKept() {
        Studio studio = at.processed("withdrawn after the backup", HARMLESS);
        forgetPublishing(studio.id);
        put(Manifest.tombstone(studio.id, Instant.now()));

        catalog.bury(letter("m", studio.id));
        CatalogFixture.redecide(catalog);

        assertEquals(FAILED, at.state(studio.id));
        assertTrue(at.manifest(studio.id).orElseThrow().withdrawn());
        assertEquals(Set.of(Manifest.key(studio.id)), at.publicKeys(studio.id));
    }

    private void put(Manifest manifest) {
        at.open.put(Manifest.key(manifest.id()), Images.write(manifest).getBytes(), "application/json");
    }

    @Test
    void whatAnAttemptWithoutItsLockWroteAfterAStricterDecisionIsHiddenWhenItComesAgain() {
        Studio studio = at.processed("too late", EXPLICIT);
        at.open.put(Manifest.key(studio.id), Studio.bytes("{}"), "application/json");
        assertEquals(BLOCKED, catalog.publish(studio.id));
        at.assertStands(BLOCKED, studio.id);
    }

    // ---- withdrawing

    @Test
    void aWithdrawnImageIsErasedAndItsBytesStayBlocked() {
        Studio studio = at.processed("same bytes", HARMLESS);
        catalog.withdraw(studio.id, "asked by \0 owner");
        catalog.withdraw(studio.id, "again");
        at.assertStands(WITHDRAWN, studio.id);
        assertEquals("asked by \uFFFD owner", catalog.find(studio.id).orElseThrow().reason());
        at.assertStands(BLOCKED, at.processed("same bytes", HARMLESS).id);
        at.assertStands(PUBLISHED, at.processed("other bytes", HARMLESS).id);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyTheBytesThatWereWithdrawnAreBlockedAndNotOthersSentUnderTheirIdLater(boolean knownBefore) {
        Studio studio = new Studio(at.hidden, "withdrawn bytes " + knownBefore);
        at.hear(knownBefore ? studio.accepted() : studio.rendered());
        catalog.withdraw(studio.id, "x");
        at.hear(studio.accepted());
        byte[] others = Studio.bytes("innocent bytes " + knownBefore);
        at.hidden.put(Keys.raw(studio.id), others, "image/jpeg");
        at.hear(studio.accepted().withObject(Keys.raw(studio.id), Studio.sha256(others)));

        at.assertStands(WITHDRAWN, studio.id);
        at.assertStands(BLOCKED, at.processed("withdrawn bytes " + knownBefore, HARMLESS).id);
        at.assertStands(PUBLISHED, at.processed("innocent bytes " + knownBefore, HARMLESS).id);
    }

    @Test
    void withdrawingAnUnknownImageIsNotFound() {
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> catalog.withdraw(Ids.timeOrdered(), "x")).code());
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> catalog.publish(Ids.timeOrdered())).code());
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> catalog.timeline(Ids.timeOrdered())).code());
    }

    @Test
    void aLateEventOfAWithdrawnImageLeavesNoObjectBehind() {
        Studio studio = at.processed("late", HARMLESS);
        catalog.withdraw(studio.id, "x");
        ImageView before = catalog.find(studio.id).orElseThrow();
        Timeline timeline = catalog.timeline(studio.id);

        Event late = studio.rendered("late");
        assertEquals(Next.ERASE, catalog.record(late));
        catalog.erase(studio.id);

        at.assertStands(WITHDRAWN, studio.id);
        assertEquals(before, catalog.find(studio.id).orElseThrow());
        assertEquals(timeline, catalog.timeline(studio.id));
        assertEquals(Next.NOTHING, catalog.record(Event.of(studio.id, null, new Fact.Withdrawn(), null)));
    }

    @Test
    void publishingAndWithdrawingAtTheSameTimeEndsWithdrawn() throws Exception {
        for (int round = 0; round < 10; round++) {
            Studio studio = at.studio();
            Stream.of(studio.accepted(), studio.rendered(), studio.scanned()).forEach(catalog::record);
            together(List.of(() -> catalog.publish(studio.id), () -> catalog.withdraw(studio.id, "x"), () -> catalog.publish(studio.id),
                    () -> at.hear(studio.scanned())));
            at.assertStands(WITHDRAWN, studio.id);
        }
    }

    @Test
    void sameBytesPublishedWhileOthersAreWithdrawnAreDecidedOneAfterTheOther() throws Exception {
        Studio first = at.processed("twin", HARMLESS);
        Studio second = new Studio(at.hidden, "twin");
        Stream.of(second.accepted(), second.rendered(), second.scanned()).forEach(catalog::record);
        CountDownLatch copying = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        TestStore.refuseCopy = key -> {
            copying.countDown();
            try {
                return !goOn.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<State> publishing = threads.submit(() -> catalog.publish(second.id));
            assertTrue(copying.await(30, TimeUnit.SECONDS));
            Future<?> withdrawing = threads.submit(() -> catalog.withdraw(first.id, "x"));
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(this::someoneWaitsForTheBank);
            assertEquals(PUBLISHED, at.state(first.id), "a withdrawal waits for decisions under way");
            goOn.countDown();
            assertEquals(PUBLISHED, publishing.get(30, TimeUnit.SECONDS));
            withdrawing.get(30, TimeUnit.SECONDS);
        }
        at.assertStands(WITHDRAWN, first.id);
        assertEquals(BLOCKED, catalog.publish(second.id), "the next look finds the bank");
    }

    private boolean someoneWaitsForTheBank() throws Exception {
        try (var c = at.database.getConnection(); var s = c.createStatement();
                var r = s.executeQuery("select count(*) from pg_locks where locktype = 'advisory' and not granted")) {
            r.next();
            return r.getInt(1) > 0;
        }
    }

    // ---- reading

    @Test
    void theViewIsWhatTheApiPromises() throws Exception {
        Studio studio = at.processed("view", HARMLESS);
        JsonNode json = Json.MAPPER.valueToTree(catalog.find(studio.id).orElseThrow());
        assertEquals(List.of("id", "name", "state", "reason", "contentType", "width", "height", "bytes", "sha256", "blurhash", "exif",
                "moderation", "variants", "createdAt", "publishedAt"), fields(json));
        assertEquals(List.of("decision", "rule", "labels", "model"), fields(json.get("moderation")));
        assertEquals(List.of("name", "format", "width", "height", "bytes", "url"), fields(json.get("variants").get(0)));
        assertEquals("published", json.get("state").asText());
        assertEquals("image/jpeg", json.get("contentType").asText());
        assertEquals(30, json.get("width").asInt());
        assertEquals("clear", json.get("moderation").get("decision").asText());
        assertEquals("/i/%s/thumb?format=avif".formatted(studio.id), json.get("variants").get(0).get("url").asText());
        assertEquals("Nul\0Cam", json.get("exif").get("IFD0").get("Make").asText());

        Studio early = at.studio();
        at.hear(early.accepted());
        ImageView view = catalog.find(early.id).orElseThrow();
        assertEquals(ACCEPTED, view.state());
        assertEquals(40, view.width());
        assertNull(view.publishedAt());
        assertEquals(List.of(), view.variants());

        Studio held = at.processed("held", DOUBTFUL);
        assertNull(catalog.find(held.id).orElseThrow().variants().getFirst().url());
        assertEquals("perhaps", catalog.find(held.id).orElseThrow().reason());
        assertTrue(catalog.find(Ids.timeOrdered()).isEmpty());
    }

    @Test
    void pagesTellEveryImageOnceNewestFirst() {
        List<UUID> ids = IntStream.range(0, 25).mapToObj(i -> {
            Studio studio = at.studio();
            catalog.record(i % 5 == 0 ? studio.rendered() : studio.accepted());
            return studio.id;
        }).toList();
        // also where several were created at the same moment
        TestDatabase.execute(at.database, "update image set created = date_trunc('second', created)");

        List<UUID> seen = new ArrayList<>();
        String cursor = null;
        do {
            ImageView.Page page = catalog.list(PageRequest.of(null, "10", cursor));
            seen.addAll(page.images().stream().map(ImageView::id).toList());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(25, seen.size());
        assertEquals(Set.copyOf(ids), Set.copyOf(seen));

        assertEquals(5, catalog.list(PageRequest.of("rendered", "", "")).images().size());
        ImageView.Page first = catalog.list(PageRequest.of("accepted", "20", null));
        assertEquals(20, first.images().size());
        assertNull(first.next());
        ImageView.Page last = catalog.list(PageRequest.of("accepted", "19", null));
        assertEquals(1, catalog.list(PageRequest.of("accepted", "19", last.next())).images().size());
    }

    private UUID named(String name) {
        UUID id = at.processed(name, HARMLESS).id;
        TestDatabase.execute(at.database, "update image set name = ? where id = ?", name, id);
        return id;
    }

    private List<UUID> found(String text) {
        return catalog.list(PageRequest.of(null, null, null).finding(text)).images().stream().map(ImageView::id).toList();
    }

    @Test
    void anImageIsFoundByAPartOfItsNameByItsIdOrByHowThatBegins() {
        UUID noon = named("Beach at NOON.jpg");
        UUID dusk = named("beach_100%.jpg");
        UUID date = named("20250601-1200.jpg");

        assertEquals(List.of(dusk, noon), found("BEACH"));
        assertEquals(List.of(noon), found(" at noon "));
        assertEquals(List.of(dusk), found("_100%"));
        assertEquals(List.of(), found("b%h"), "a name is no pattern");
        assertEquals(List.of(date), found("20250601-1"), "what could begin an id, and begins none, is a name");
        assertEquals(List.of(noon), found(noon.toString().toUpperCase()));
        assertTrue(found(noon.toString().substring(0, 9)).contains(noon));
        assertEquals(List.of(date, dusk, noon), found(" "));
        assertEquals(List.of("Beach at NOON.jpg"), catalog.list(PageRequest.of("published", null, null).finding("noon")).images().stream().map(ImageView::name).toList());
        assertEquals(List.of(), catalog.list(PageRequest.of("blocked", null, null).finding("noon")).images());
        assertEquals(List.of(), catalog.list(PageRequest.of("blocked", null, null).finding(noon.toString())).images());
        assertEquals(Code.BAD_PARAMETER, assertThrows(Rejected.class, () -> PageRequest.of(null, null, null).finding("x".repeat(201))).code());

        ImageView.Page first = catalog.list(PageRequest.of(null, "1", null).finding("beach"));
        ImageView.Page second = catalog.list(PageRequest.of(null, "1", first.next()).finding("beach"));
        assertEquals(List.of(dusk, noon), Stream.of(first, second).flatMap(page -> page.images().stream()).map(ImageView::id).toList());
        assertNull(second.next());
    }

    @Test
    void aSearchEndsWhereEnoughWasLookedThroughAndGoesOnFromThere() {
        UUID old = named("beach.jpg");
        TestDatabase.execute(at.database, """
                insert into image (id, state, created, updated, name)
                select gen_random_uuid(), 'accepted', now() + n * interval '1 second', now(), 'town' from generate_series(1, 50000) n""");

        ImageView.Page first = catalog.list(PageRequest.of(null, null, null).finding("beach"));
        assertEquals(List.of(), first.images());
        ImageView.Page second = catalog.list(PageRequest.of(null, null, first.next()).finding("beach"));
        assertEquals(List.of(old), second.images().stream().map(ImageView::id).toList());
        assertNull(second.next());
        assertEquals(List.of(old), found(old.toString()), "an id is found however old");
    }

    @Test
    void aFailedImageSaysWhereItsDeadLetterIs() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("group", studio.id));
        String group = letters.find("group").orElseThrow().fate().group();
        assertEquals(group, catalog.find(studio.id).orElseThrow().deadLetterGroup());
        letters.discard("group", "broken", "me");
        assertEquals(group, catalog.find(studio.id).orElseThrow().deadLetterGroup(), "also when it is given up");
        assertNull(catalog.find(at.processed("fine", HARMLESS).id).orElseThrow().deadLetterGroup());
    }

    @Test
    void aBadCursorLimitOrStateIsABadParameter() {
        for (String[] bad : new String[][] {{"shiny", null, null}, {"PUBLISHED", null, null}, {null, "0", null}, {null, "201", null},
                {null, "-1", null}, {null, "ten", null}, {null, "99999999999", null}, {null, null, "x"}, {null, null, "!!"},
                {null, null, encoded("+1000000-01-01T00:00:00Z a")}, {null, null, encoded("2025-01-01T00:00:00Z nonsense")}}) {
            assertEquals(Code.BAD_PARAMETER, assertThrows(Rejected.class,
                    () -> catalog.list(PageRequest.of(bad[0], bad[1], bad[2])), String.join(" ", bad)).code());
        }
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes());
    }

    @Test
    void theTimelineAddsUpToTheWallTime() {
        Studio studio = at.processed("time", HARMLESS);
        Timeline t = catalog.timeline(studio.id);
        assertEquals(studio.trace, t.trace());
        assertEquals(List.of("work receive", "wait process", "work process", "wait scan", "work scan", "wait publish", "work publish"),
                t.entries().stream().map(e -> e.kind() + " " + e.name()).toList());
        assertEquals(t.totalMs(), t.entries().stream().mapToLong(Timeline.Entry::ms).sum());
        assertEquals(Duration.between(t.from(), t.to()).toMillis(), t.totalMs());
        assertEquals(3000, t.entries().get(1).ms());
    }

    @Test
    void anImageWaitsForEachStepInTurnAndForAReplayUntilItIsGivenUp() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        assertEquals(Optional.of("process"), awaited(studio.id));
        at.hear(studio.rendered());
        assertEquals(Optional.of("scan"), awaited(studio.id));
        String letter = catalog.bury(letter("waits", studio.id));
        assertEquals(Optional.of("replay"), awaited(studio.id));
        catalog.deadLetters().discard(letter, "broken", "me");
        assertEquals(FAILED, at.state(studio.id));
        assertEquals(Optional.empty(), awaited(studio.id));
        assertEquals(Optional.of("review"), awaited(at.processed("doubtful", DOUBTFUL).id));
        assertEquals(Optional.empty(), awaited(at.processed("harmless", HARMLESS).id));
    }

    private Optional<String> awaited(UUID id) {
        return catalog.timeline(id).entries().stream().filter(Timeline.Entry::open).map(Timeline.Entry::name).findFirst();
    }

    // ---- dead letters

    @Test
    void aBuriedMessageFailsItsImageUntilItIsReplayed() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("m1", studio.id));
        catalog.bury(letter("m2", studio.id));
        at.assertStands(FAILED, studio.id);
        assertEquals("it broke \uFFFD", catalog.find(studio.id).orElseThrow().reason());

        assertEquals(Next.NOTHING, replayed("m1"));
        at.assertStands(FAILED, studio.id);
        assertEquals(Next.NOTHING, replayed("m2"));
        at.assertStands(ACCEPTED, studio.id);
        assertNotNull(letters.find("m1").orElseThrow().replayedAt());

        catalog.bury(letter("m1", studio.id));
        at.assertStands(ACCEPTED, studio.id);
        DeadLetter m1 = letter("m1", studio.id);
        catalog.bury(new DeadLetter("m1", m1.queue(), studio.id, m1.cause(), "again", m1.stackDigest(), m1.body(), m1.headers(), 20,
                m1.trace(), m1.last(), m1.last().plusSeconds(60), null));
        at.assertStands(FAILED, studio.id);
        assertEquals(m1.first(), letters.find("m1").orElseThrow().first());
        assertEquals(20, letters.find("m1").orElseThrow().attempts());
    }

    @Test
    void anImageThatWasReadyWhenItFailedIsPublishedAfterTheReplay() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("m", studio.id));
        at.hear(studio.rendered());
        at.hear(studio.scanned());
        at.assertStands(FAILED, studio.id);
        assertEquals(FAILED, catalog.publish(studio.id));
        at.follow(studio.id, replayed("m"));
        at.assertStands(PUBLISHED, studio.id);
    }

    @Test
    void aDeadLetterChangesNothingOfAnImageThatCameToAnEnd() {
        Studio published = at.processed("p", HARMLESS);
        Studio blocked = at.processed("b", EXPLICIT);
        Studio withdrawn = at.processed("w", HARMLESS);
        catalog.withdraw(withdrawn.id, "x");
        for (Studio s : List.of(published, blocked, withdrawn)) {
            catalog.bury(letter("m" + s.id, s.id));
        }
        at.assertStands(PUBLISHED, published.id);
        at.assertStands(BLOCKED, blocked.id);
        at.assertStands(WITHDRAWN, withdrawn.id);
    }

    @Test
    void whateverAMessageHoldsIsKeptAsItCame() {
        byte[] body = {0, (byte) 0xff, 'x'};
        Map<String, Object> headers = new HashMap<>(Map.of("nul\0", "a\0b", "lone \uD800", 7, "when", Instant.EPOCH, "yes", true));
        headers.put("nothing", null);
        catalog.bury(new DeadLetter(null, "moderation", null, "java.lang.Error", null, null, body, headers, 3, "t\0", null, null, null));
        catalog.bury(new DeadLetter("x".repeat(9000), null, Ids.timeOrdered(), null, "m".repeat(100_000), null, null, null, 0, null, null, null, null));

        List<DeadLetter> all = letters.list(Filter.ALL, PageRequest.of(null, null, null)).deadLetters().stream().map(DeadLetter.Listed::letter).toList();
        assertEquals(2, all.size());
        DeadLetter kept = all.stream().filter(d -> d.attempts() == 3).findFirst().orElseThrow();
        assertArrayEquals(body, kept.body());
        assertEquals("a\0b", kept.headers().get("nul\0"));
        assertEquals("1970-01-01T00:00:00Z", kept.headers().get("when"));
        assertTrue(kept.headers().containsKey("nothing"));
        assertEquals(FAILED, at.state(all.stream().filter(d -> d.imageId() != null).findFirst().orElseThrow().imageId()));
        assertEquals(Next.NOTHING, replayed(kept.id()));
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> letters.discard("none", "why", "who")).code());
    }

    @Test
    void deadLettersComeInPages() {
        IntStream.range(0, 7).forEach(i -> catalog.bury(letter("m" + i, null)));
        List<String> seen = new ArrayList<>();
        String cursor = null;
        do {
            DeadLetter.Page page = letters.list(Filter.ALL, PageRequest.of(null, "3", cursor));
            seen.addAll(page.deadLetters().stream().map(one -> one.letter().id()).toList());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(List.of("m6", "m5", "m4", "m3", "m2", "m1", "m0"), seen);
    }

    /** The message failed again after its replay was confirmed and before that was written down. */
    @Test
    void aLetterThatDiedAgainBeforeItsReplayWasMarkedStaysOpen() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("m", studio.id));
        DeadLetter read = letters.find("m").orElseThrow();
        catalog.bury(later(read, 60));

        letters.replayed(read);

        DeadLetter kept = letters.find("m").orElseThrow();
        assertEquals(Status.OPEN, kept.fate().status());
        assertEquals(List.of(2, 1), List.of(kept.fate().deaths(), kept.fate().replays()));
        at.assertStands(FAILED, studio.id);
    }

    @Test
    void aLetterThatDiedAgainByAClockThatIsBehindIsOpenAgain() {
        catalog.bury(letter("m", null));
        replayed("m");
        DeadLetter again = later(letters.find("m").orElseThrow(), -60);

        catalog.bury(again);
        catalog.bury(again);

        DeadLetter kept = letters.find("m").orElseThrow();
        assertEquals(Status.OPEN, kept.fate().status());
        assertEquals(2, kept.fate().deaths(), "the redelivery does not count");
    }

    /** As of those that Qpid gave up. */
    @Test
    void aLetterOfWhichNobodyTellsTheTimeDiedAgainOnlyIfItWasReplayed() {
        DeadLetter m = letter("m", null);
        DeadLetter untold = new DeadLetter("m", m.queue(), null, "delivery-limit", null, null, m.body(), Map.of(), 20, "t", null, null, null);
        catalog.bury(untold);
        catalog.bury(untold);
        assertEquals(1, letters.find("m").orElseThrow().fate().deaths(), "the redelivery does not count");

        replayed("m");
        catalog.bury(untold);
        catalog.bury(untold);

        DeadLetter kept = letters.find("m").orElseThrow();
        assertEquals(List.of(2, 1), List.of(kept.fate().deaths(), kept.fate().replays()));
        assertEquals(Status.OPEN, kept.fate().status());
    }

    @Test
    void aListLeavesLongBodiesOut() {
        byte[] body = new byte[20_000];
        new Random(1).nextBytes(body);
        catalog.bury(new DeadLetter("long", "moderation", null, "a.B", "x", "d", body, Map.of(), 1, "t", null, null, null));
        catalog.bury(letter("short", null));

        Map<String, DeadLetter.Listed> listed = letters.list(Filter.ALL, PageRequest.of(null, null, null)).deadLetters().stream()
                .collect(Collectors.toMap(one -> one.letter().id(), one -> one));

        assertEquals(List.of(20_000L, 2L), List.of(listed.get("long").bytes(), listed.get("short").bytes()));
        assertFalse(listed.get("long").isWhole());
        assertEquals(0, listed.get("long").letter().body().length);
        assertEquals("{}", new String(listed.get("short").letter().body()));
        assertArrayEquals(body, letters.find("long").orElseThrow().body());
    }

    /** An event that two queues hear has one id in both. */
    @Test
    void aMessageThatDiesInTwoQueuesIsTwoLetters() {
        DeadLetter processing = letter("m", null);
        DeadLetter metadata = new DeadLetter("m", "metadata", null, processing.cause(), "x", "d1g3st", processing.body(), Map.of(), 1, "t",
                processing.first(), processing.last(), null);
        assertEquals("m", catalog.bury(processing));
        String second = catalog.bury(metadata);
        assertEquals(second, catalog.bury(metadata));

        assertEquals("processing", letters.find("m").orElseThrow().queue());
        assertEquals("metadata", letters.find(second).orElseThrow().queue());
        assertEquals(2, letters.groups(null, PageRequest.of(null, null, null)).groups().size());
        assertEquals(List.of(1, 1), letters.list(Filter.ALL, PageRequest.of(null, null, null)).deadLetters().stream()
                .map(one -> one.letter().fate().deaths()).toList());
    }

    @Test
    void lettersOfTheSameQueueCauseAndDigestAreAGroup() {
        IntStream.range(0, 3).forEach(i -> catalog.bury(later(letter("m" + i, null), i)));
        catalog.bury(new DeadLetter("other", "moderation", null, "a.B", "else", "other\\", new byte[0], Map.of(), 1, "t", null, null, null));
        replayed("m0");

        List<Group> groups = letters.groups(null, PageRequest.of(null, null, null)).groups();
        assertEquals(List.of(1L, 3L), groups.stream().map(Group::count).toList());
        Group open = letters.groups(Status.OPEN, PageRequest.of(null, null, null)).groups().get(1);
        assertEquals(List.of(2L, 2L, "m2", "processing"), List.of(open.count(), open.open(), open.sample(), open.queue()));
        assertEquals(List.of("m2", "m1"), ids(new Filter(open.group(), null, null, Status.OPEN, null)));
        assertEquals(List.of("m0"), ids(new Filter(open.group(), "processing", "Fault", Status.REPLAYED, null)));
        assertEquals(List.of("other"), ids(new Filter(null, "moderation", "a.B", null, null)));
        DeadLetters.Groups first = letters.groups(null, PageRequest.of(null, "1", null));
        assertEquals(open.group(), letters.groups(null, PageRequest.of(null, "1", first.next())).groups().getFirst().group());
        assertEquals(List.of("moderation B 1", "processing Fault 2").reversed(),
                letters.tally().stream().map(t -> t.queue() + " " + t.cause() + " " + t.open()).toList());
    }

    private List<String> ids(Filter filter) {
        return letters.list(filter, PageRequest.of(null, null, null)).deadLetters().stream().map(one -> one.letter().id()).toList();
    }

    @Test
    void aReplayOfManyTakesEachOnceAlsoWhereItDiesAgain() {
        IntStream.range(0, 5).forEach(i -> catalog.bury(letter("m" + i, null)));
        Selection all = new Selection(null, null);
        DeadLetters.Batch first = letters.replayable(all, null, 2);
        assertEquals(3, first.remaining());
        for (String id : first.ids()) {
            DeadLetter letter = letters.find(id).orElseThrow();
            letters.replayed(letter);
            catalog.bury(later(letter, 60));
        }

        DeadLetters.Batch second = letters.replayable(all, first.begun(), 10);

        assertEquals(List.of("m2", "m3", "m4"), second.ids());
        assertEquals(0, second.remaining());
        assertEquals(5, letters.replayable(all, null, 10).ids().size(), "another time they are taken again");
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> letters.replayable(new Selection("0123456789ab", null), null, 1)).code());
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> letters.replayable(new Selection(null, List.of("m1", "none")), null, 1)).code());
        catalog.bury(new DeadLetter("lost", null, null, null, null, null, null, null, 0, null, null, null, null));
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> letters.replayable(new Selection(null, List.of("m1", "lost")), null, 1)).code());
    }

    @Test
    void anImageIsGivenUpWithItsLetterUntilThatIsReplayedAfterAll() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("m", studio.id));

        assertTrue(letters.discard("m", "a test", "mo"));
        assertFalse(letters.discard("m", "again", "jo"));

        at.assertStands(FAILED, studio.id);
        assertEquals("Discarded by mo: a test", catalog.find(studio.id).orElseThrow().reason());
        Stream.of(studio.rendered(), studio.scanned()).forEach(at::hear);
        at.assertStands(FAILED, studio.id);
        TestDatabase.execute(at.database, "update image set updated = updated - interval '1 day'");
        assertEquals(List.of(), catalog.stuck(Duration.ofMinutes(15)), "nobody works on it any more");
        Audit.Entry entry = catalog.audit(studio.id, PageRequest.of(null, null, null)).entries().getFirst();
        assertEquals(List.of("discarded", "a test", "mo", "m"), List.of(entry.action(), entry.reason(), entry.actor(), entry.detail().get("deadLetter")));

        at.follow(studio.id, replayed("m"));
        at.assertStands(PUBLISHED, studio.id);
        assertNull(letters.find("m").orElseThrow().fate().discarded());
    }

    @Test
    void lettersThatWereReplayedOrDiscardedAreForgottenButForThatWithWhichAnImageWasGivenUp() {
        Studio studio = at.studio();
        at.hear(studio.accepted());
        catalog.bury(letter("discarded", studio.id));
        catalog.bury(letter("discarded of none", null));
        catalog.bury(letter("replayed", null));
        catalog.bury(letter("open", null));
        letters.discard("discarded", "a test", "mo");
        letters.discard("discarded of none", "a test", "mo");
        replayed("replayed");

        assertEquals(0, letters.forget(Duration.ofDays(30)));
        TestDatabase.execute(at.database, "update dead_letter set discarded_at = discarded_at - interval '31 days', replayed_at = replayed_at - interval '31 days'");
        assertEquals(2, letters.forget(Duration.ofDays(30)));

        assertEquals(Set.of("open", "discarded"), Set.copyOf(ids(Filter.ALL)));
        Stream.of(studio.rendered(), studio.scanned()).forEach(at::hear);
        at.assertStands(FAILED, studio.id);
        catalog.bury(letter("other", studio.id));
        letters.discard("other", "a test", "mo");
        replayed("other");
        at.assertStands(FAILED, studio.id);
    }

    /** As the version before this one wrote them. */
    @Test
    void lettersOfAnEarlierVersionGetTheirGroupAndStatus() {
        String database = "dead_letters_of_v2";
        TestDatabase.execute(at.database, "create schema " + database);
        Flyway before = TestDatabase.flyway(at.database, database, "2");
        before.migrate();
        for (String replayed : new String[] {"null", "now()"}) {
            TestDatabase.execute(at.database, "insert into " + database + ".dead_letter values (gen_random_uuid()::text, 'moderation', null, 'a.B', 'it broke', 'd', "
                    + "'x', '{\"trace\":\"t\"}', 1, 't', now(), now(), " + replayed + ")");
        }
        TestDatabase.flyway(at.database, database, "latest").migrate();
        List<String> migrated = TestDatabase.texts(at.database, "select cause_group || ' ' || status || ' ' || replays from " + database + ".dead_letter order by status");
        String group = migrated.getFirst().split(" ")[0];
        assertEquals(List.of(group + " open 0", group + " replayed 1"), migrated);
    }

    private Next replayed(String id) {
        return letters.replayed(letters.find(id).orElseThrow());
    }

    private static DeadLetter later(DeadLetter letter, int seconds) {
        Instant at = letter.last().plusSeconds(seconds);
        return new DeadLetter(letter.id(), letter.queue(), letter.imageId(), letter.cause(), letter.message(), letter.stackDigest(), letter.body(),
                letter.headers(), letter.attempts(), letter.trace(), at, at, null);
    }

    private static DeadLetter letter(String id, UUID image) {
        Instant at = Instant.parse("2025-06-01T12:00:00Z");
        return new DeadLetter(id, "processing", image, "io.safelight.error.Fault", "it broke \0", "d1g3st", "{}".getBytes(),
                Map.of("trace", "t"), 10, "t", at, at.plusSeconds(5), null);
    }

    // ---- lifecycle

    @Test
    void anImageThatStandsStillIsNamedWithTheEventThatGoesOn() {
        Studio accepted = at.studio();
        Studio rendered = at.studio();
        Studio scanned = at.studio();
        catalog.record(accepted.accepted());
        catalog.record(rendered.accepted());
        catalog.record(rendered.rendered());
        Stream.of(scanned.accepted(), scanned.rendered(), scanned.scanned()).forEach(catalog::record);
        at.processed("done", HARMLESS);
        at.processed("held", DOUBTFUL);
        assertEquals(List.of(), catalog.stuck(Duration.ofMinutes(15)));
        TestDatabase.execute(at.database, "update image set updated = updated - interval '16 minutes'");

        Map<UUID, Event> events = catalog.stuck(Duration.ofMinutes(15)).stream().collect(Collectors.toMap(Event::id, e -> e));

        assertEquals(Set.of(accepted.id, rendered.id, scanned.id), events.keySet());
        // what the lists of keys and names refer to is the same; NUL and steps are not kept
        Event sent = accepted.accepted();
        Event again = events.get(accepted.id);
        assertEquals(sent.sha256(), again.sha256());
        assertEquals(sent.keys(), again.keys());
        assertEquals(sent.trace(), again.trace());
        assertEquals(new Fact.Accepted("a\uFFFDb.jpg", "http", Format.JPEG, 36, 40, 30, false, null), again.fact());
        assertEquals(rendered.rendered().fact(), events.get(rendered.id).fact());
        assertEquals(rendered.rendered().sha256(), events.get(rendered.id).sha256());
        at.hear(events.get(scanned.id));
        at.assertStands(PUBLISHED, scanned.id);

        assertEquals(List.of(), catalog.stuck(Duration.ofMinutes(15)));
        TestDatabase.execute(at.database, "update image set updated = updated - interval '16 minutes'");
        assertEquals(List.of(), catalog.stuck(Duration.ofMinutes(15)), "the second time it takes twice as long");
        TestDatabase.execute(at.database, "update image set updated = updated - interval '16 minutes'");
        assertEquals(2, catalog.stuck(Duration.ofMinutes(15)).size());
    }

    @Test
    void aWithdrawalThatTheStoreCutShortIsFinishedLater() {
        Studio studio = at.processed("w", HARMLESS);
        catalog.withdraw(studio.id, "x");
        Event late = studio.rendered();
        catalog.record(late);
        TestDatabase.execute(at.database, "update image set updated = updated - interval '1 hour'");
        List<Event> events = catalog.stuck(Duration.ofMinutes(15));
        assertEquals(List.of("image.withdrawn"), events.stream().map(Event::routingKey).toList());
        assertTrue(Topology.Work.METADATA.keys().contains("image.withdrawn"), "or nobody would hear it");
        at.hear(events.getFirst());
        at.assertStands(WITHDRAWN, studio.id);
    }

    @Test
    void referencesTellWhichIdsAreKnown() {
        Studio known = at.processed("k", HARMLESS);
        assertEquals(Map.of(known.id, PUBLISHED), catalog.references(List.of(known.id, Ids.timeOrdered())));
        assertEquals(Map.of(), catalog.references(List.of()));
    }

    // ---- the database

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDatabaseThatGoesAwayIsUnavailable(boolean inTheMidst) {
        Studio studio = at.studio();
        Stream.of(studio.accepted(), studio.rendered(), studio.scanned()).forEach(catalog::record);
        if (inTheMidst) {
            TestStore.refuseCopy = key -> {
                TestDatabase.execute(at.database, "select pg_terminate_backend(pid) from pg_stat_activity "
                        + "where datname = current_database() and state = 'idle in transaction'");
                return false;
            };
            assertThrows(Unavailable.class, () -> catalog.publish(studio.id));
            TestStore.refuseCopy = key -> false;
            at.follow(studio.id, catalog.record(studio.scanned()));
            at.assertStands(PUBLISHED, studio.id);
        } else {
            var nowhere = new PGSimpleDataSource();
            nowhere.setURL("jdbc:postgresql://127.0.0.1:1/none");
            Catalog cut = new Catalog(nowhere, at.hidden, at.open, evidence -> CatalogFixture.strict(evidence.labels()), (i, v, f) -> "", CatalogListener.NOBODY);
            assertThrows(Unavailable.class, () -> cut.find(studio.id));
        }
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Fact seen(Map<String, Double> labels) {
        return new Fact.Scanned(List.of(new Seen("m", labels, false)));
    }

    private static void together(List<Runnable> work) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (Runnable one : work) {
                all.add(threads.submit((Callable<Void>) () -> {
                    start.await();
                    one.run();
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
    }
}

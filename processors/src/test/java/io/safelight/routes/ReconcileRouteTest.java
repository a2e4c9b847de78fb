package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.Reconcile;
import io.safelight.camel.Reconciling;
import io.safelight.catalog.PageRequest;
import io.safelight.lifecycle.MetadataApi;
import io.safelight.lifecycle.ReconcileCommand;
import io.safelight.lifecycle.Reconciler;
import io.safelight.model.Discrepancy.Kind;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Reconciliation;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import io.safelight.transform.Samples;
import io.safelight.validate.Inspector;
import io.safelight.validate.Rules;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both halves: lifecycle, set off by the tests and not by its clock, and the metadata API, over HTTP. */
class ReconcileRouteTest extends HttpRouteTest {
    private static final byte[] PHOTO = Samples.encoded(Samples.quarters(64, 48), "jpeg");

    private final Archive archive = new Archive(hidden, open);
    private final Map<Kind, Integer> mended = new EnumMap<>(Kind.class);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    ReconcileRouteTest() {
        super("lifecycle/reconcile", "metadata/api-reconcile");
        replaceRouteFromWith("reconcile", "direct:reconcile");
        replaceRouteFromWith("watch-reconciliation", "direct:watch-reconciliation");
    }

    @Override
    void bind(Registry registry) {
        MetadataApi metadata = new MetadataApi(URI.create("http://127.0.0.1:" + port));
        registry.bind("reconcile", new Reconcile(new Reconciler(hidden, open, metadata, Duration.ofHours(1), kind -> mended.merge(kind, 1, Integer::sum)), config));
        Rules rules = new Rules(Set.of(Format.JPEG), 1 << 20, 1 << 24, 1000, 10);
        registry.bind("reconciling", new Reconciling(archive.catalog, new Inspector(), rules, config, meters));
        registry.bind("uploads", uploads());
    }

    @BeforeEach
    void nothingThere() {
        hidden.delete(keys(hidden, ""));
        open.delete(keys(open, ""));
        sql("truncate image, variant, evidence, step, dead_letter, redecision, image_hash, reconciliation");
        mended.clear();
        meters.clear();
    }

    private void sql(String statement, Object... parameters) {
        TestDatabase.execute(archive.database, statement, parameters);
    }

    private void run() {
        assertNull(template.send("direct:reconcile", exchange -> {}).getException());
    }

    /** Asked for and done. @return what was found, by kind, with the number of those that were mended */
    private Map<String, String> reconcile(boolean mend, String age) {
        try {
            JsonNode asked = assertJson(200, send("POST", "/api/reconcile?by=me&mend=" + mend + "&age=" + age, BodyPublishers.noBody()));
            run();
            JsonNode end = assertJson(200, get("/api/reconcile/runs/" + asked.get("id").asText()));
            assertFalse(end.get("ended").isNull(), end.toString());
            Map<String, String> found = new TreeMap<>();
            end.get("findings").forEach(f -> found.put(f.get("kind").asText(), f.get("found").asText() + " " + f.get("mended").asText()));
            return found;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** What is left, as Prometheus is told; null where nothing is told. */
    private Double toldLeft(Kind kind) {
        assertNull(template.send("direct:watch-reconciliation", exchange -> {}).getException());
        var gauge = meters.find("reconcile.findings").tag("kind", kind.slug()).gauge();
        return gauge == null ? null : gauge.value();
    }

    @Test
    void whatIsFoundIsToldUntilItIsMended() throws Exception {
        assertNull(toldLeft(Kind.LEAKED), "nothing was compared yet");
        Studio studio = archive.published();
        put(manifest(studio.id).fenced(1_000_000));
        sql("truncate image, variant, evidence, step, image_hash, redecision");

        reconcile(false, "PT0S");
        assertEquals(1, toldLeft(Kind.LEAKED));
        assertEquals(steps("watch-reconciliation", "last", "tell"), story().stream().filter(step -> step.startsWith("watch-reconciliation-")).distinct().toList());

        reconcile(true, "PT0S");
        assertEquals(0, toldLeft(Kind.LEAKED));
        assertTrue(meters.get("reconcile.ended").gauge().value() > 0);
    }

    private Set<String> all() {
        Set<String> all = keys(hidden, "");
        keys(open, "").forEach(key -> all.add(key + bytes(open, key).map(Studio::sha256).orElseThrow()));
        return all;
    }

    /** Told without a change, and by mending as many mended. */
    private void assertFoundAndMended(String... kinds) {
        assertFound(Arrays.stream(kinds).collect(Collectors.toMap(kind -> kind, kind -> "1 1", (a, b) -> a, TreeMap::new)));
    }

    private void assertFound(Map<String, String> expected) {
        Set<String> before = all();
        int announced = broker.published().size();
        Map<String, String> dry = new TreeMap<>();
        expected.forEach((kind, numbers) -> dry.put(kind, numbers.split(" ")[0] + " 0"));
        assertEquals(dry, reconcile(false, "PT0S"));
        assertEquals(before, all(), "only told");
        assertEquals(announced, broker.published().size(), "only told");
        assertEquals(expected, reconcile(true, "PT0S"));
    }

    private void assertNothingFound() {
        assertEquals(Map.of(), reconcile(false, "PT0S"));
    }

    private State state(UUID id) {
        return archive.catalog.find(id).orElseThrow().state();
    }

    private Manifest manifest(UUID id) {
        return Manifest.read(id, bytes(open, Manifest.key(id)).orElseThrow());
    }

    private void put(Manifest manifest) {
        open.put(Manifest.key(manifest.id()), json(manifest), "application/json");
    }

    /** A variant of it in public, the first. */
    private static String publicKey(Event rendered) {
        return ((Fact.Rendered) rendered.fact()).variants().getFirst().publicKey();
    }

    private static Set<String> stagedKeys(Event rendered) {
        return ((Fact.Rendered) rendered.fact()).variants().stream().map(Variant::key).collect(Collectors.toSet());
    }

    private Studio seen(Map<String, Double> labels) {
        return archive.seen(archive.studio(), labels);
    }

    /** What processing and moderation would do with the announcement. */
    private void madeAgain(Studio studio) {
        // metadata does not hear of it: it would decide, and look for what is still to be made
        TestBroker.Publication order = published();
        assertEquals(List.of("", "processing"), List.of(order.exchange(), order.key()));
        JsonNode event = tree(order.message());
        assertEquals(List.of("accepted", Keys.raw(studio.id)), List.of(event.at("/fact/kind").asText(), event.at("/keys/0").asText()));
        archive.seen(studio, Archive.HARMLESS);
        broker.calm();
    }

    private void putOriginal(UUID id, byte[] bytes) throws IOException {
        Path file = Files.write(Files.createTempFile("original", null), bytes);
        hidden.put(Keys.raw(id), file, "image/jpeg", Map.of("sha256", Studio.sha256(bytes), "origin", "sftp://partner", "content-type", "image/jpeg",
                "account", "zoë", "name", "a picture.jpg"));
        Files.delete(file);
    }

    @Test
    void whereAllIsWellNothingIsFound() {
        seen(Archive.HARMLESS);
        seen(Archive.DOUBTFUL);
        seen(Archive.EXPLICIT);
        archive.heard(archive.studio().accepted());
        Studio rendered = archive.studio();
        archive.heard(rendered.accepted());
        archive.heard(rendered.rendered());
        archive.catalog.withdraw(archive.published().id, "asked");
        Studio swept = archive.published();
        hidden.delete(keys(hidden, Keys.staging(swept.id)));
        hidden.put("raw/somebody-else", Studio.bytes("x"), "text/plain");
        open.put("robots.txt", Studio.bytes("x"), "text/plain");

        assertNothingFound();

        assertEquals(steps("reconcile", "take", "any", "all", "look", "asked", "report"),
                story().stream().filter(step -> step.startsWith("reconcile-")).distinct().toList());
        assertEquals(7, archive.catalog.reconciliations().last().orElseThrow().looked());
        assertTrue(story().containsAll(List.of("api-reconcile-ask", "api-reconcile-next-take", "api-reconcile-images-find", "api-reconcile-report-keep",
                "api-reconcile-find-find")), story().toString());
    }

    @Test
    void whatIsYoungIsLeftAlone() throws Exception {
        putOriginal(Ids.timeOrdered(), PHOTO);
        open.delete(publicKey(archive.published().rendered()));
        assertEquals(Map.of(), reconcile(true, "PT1H"));
    }

    @Test
    void anOriginalThatWasNeverAnnouncedIsAnnounced() throws Exception {
        UUID id = Ids.timeOrdered();
        putOriginal(id, PHOTO);

        assertFoundAndMended("object-without-row");

        JsonNode event = assertEvent("image.accepted", published());
        assertEquals(id.toString(), event.get("id").asText());
        assertEquals(Studio.sha256(PHOTO), event.get("sha256").asText());
        assertEquals("sftp://partner", event.at("/fact/source").asText());
        assertEquals("zoë", event.at("/fact/account").asText());
        assertEquals("a picture.jpg", event.at("/fact/name").asText());
        assertEquals(64, event.at("/fact/width").asInt());
        archive.heard(Json.MAPPER.treeToValue(event, Event.class));
        assertEquals(State.ACCEPTED, state(id));
        assertNothingFound();
        assertTrue(story().containsAll(steps("api-reconcile-mend", "begin", "mend", "any", "announce", "mended")), story().toString());
        assertEquals("mended", archive.catalog.audit(id, PageRequest.of(null, null, null)).entries().getFirst().action());
    }

    @Test
    void anOriginalThatIsNoImageIsRejectedAndNoLongerFound() throws Exception {
        UUID id = Ids.timeOrdered();
        putOriginal(id, Studio.bytes("no image"));
        assertFoundAndMended("object-without-row");
        JsonNode event = assertEvent("image.rejected", published());
        archive.heard(Json.MAPPER.treeToValue(event, Event.class));
        assertEquals(State.REJECTED, state(id));
        assertNothingFound();
    }

    @Test
    void anOriginalThatWasDamagedIsNotAdopted() throws Exception {
        UUID id = Ids.timeOrdered();
        Path file = Files.write(Files.createTempFile("original", null), PHOTO);
        hidden.put(Keys.raw(id), file, "image/jpeg", Map.of("sha256", "0".repeat(64)));
        assertFound(Map.of("object-without-row", "1 0"));
        assertEquals(List.of(), broker.published());
        assertEquals(List.of(), archive.catalog.audit(id, PageRequest.of(null, null, null)).entries(), "nothing was mended");
    }

    @Test
    void anAnnouncementThatWasLostWhileLaterOnesCameIsMadeUpFor() throws Exception {
        Studio studio = archive.studio();
        putOriginal(studio.id, PHOTO);
        archive.heard(studio.rendered());
        assertFoundAndMended("object-without-row");
        assertEvent("image.accepted", published());
    }

    @Test
    void whatIsPublicWithoutARowIsALeakAndIsTakenDownAndTheLastThereIsOfItKept() {
        Studio studio = archive.published();
        put(manifest(studio.id).fenced(1_000_000));
        Set<String> staged = keys(hidden, Keys.staging(studio.id));
        sql("truncate image, variant, evidence, step, image_hash, redecision");
        hidden.delete(keys(hidden, ""));

        assertFound(Map.of("leaked", "1 1", "object-without-row", "1 1"));

        assertEquals(Set.of(Manifest.key(studio.id)), keys(open, studio.id.toString()));
        assertTrue(manifest(studio.id).takenDown());
        assertTrue(keys(hidden, "").containsAll(staged));
        assertTrue(keys(hidden, "").contains(Keys.master(studio.id)));
        assertFound(Map.of("object-without-row", "1 0"));
        assertFalse(archive.catalog.find(studio.id).isPresent(), "no row was left for it");
        assertEquals(Map.of(Kind.LEAKED, 1, Kind.OBJECT_WITHOUT_ROW, 1), mended);
    }

    @Test
    void anImageWhoseRowIsGoneIsTakenDownAndMadeAnewFromItsOriginal() throws Exception {
        Studio studio = archive.published();
        putOriginal(studio.id, PHOTO);
        sql("truncate image, variant, evidence, step, image_hash, redecision");

        assertFound(Map.of("leaked", "1 1", "object-without-row", "2 2"));

        assertEquals(Set.of(Manifest.key(studio.id)), keys(open, studio.id.toString()));
        assertTrue(manifest(studio.id).takenDown());
        assertFalse(keys(hidden, Keys.staging(studio.id)).isEmpty(), "what will be made again is not deleted before");
        assertEvent("image.accepted", published());
    }

    @Test
    void aTombstoneWithoutARowStays() {
        UUID id = Ids.timeOrdered();
        put(Manifest.tombstone(id, Instant.now()));
        assertNothingFound();
    }

    @Test
    void mastersAndRenditionsThatNobodyKnowsAreToldAndLeft() {
        archive.studio().rendered();
        Set<String> before = keys(hidden, "");
        assertFound(Map.of("object-without-row", "1 0"));
        assertEquals(before, keys(hidden, ""));
    }

    @Test
    void anAcceptedImageWithoutItsOriginalIsRejected() throws Exception {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        hidden.delete(Keys.raw(studio.id));
        assertFoundAndMended("row-without-object");
        archive.heard(Json.MAPPER.treeToValue(assertEvent("image.rejected", published()), Event.class));
        assertEquals(State.REJECTED, state(studio.id));
        assertTrue(archive.catalog.find(studio.id).orElseThrow().reason().contains("Upload it again"));
        assertNothingFound();
    }

    @Test
    void whatWaitsForAPersonWithoutItsRenditionsIsMadeAnew() {
        Studio studio = seen(Archive.DOUBTFUL);
        hidden.delete(stagedKeys(studio.rendered()).stream().findFirst().orElseThrow());
        assertFoundAndMended("row-without-object");
        madeAgain(studio);
        assertNothingFound();
    }

    @Test
    void aPublishedImageWithoutItsMasterIsMadeAnewAndStaysPublic() {
        Studio studio = archive.published();
        hidden.delete(Keys.master(studio.id));
        assertFoundAndMended("row-without-object");
        assertEquals(State.PUBLISHED, state(studio.id));
        madeAgain(studio);
        assertNothingFound();
    }

    @Test
    void whatCannotBeMadeAnyMoreIsToldAndLeft() {
        Studio studio = archive.published();
        hidden.delete(keys(hidden, ""));
        assertFound(Map.of("row-without-object", "1 0"));
        assertEquals(State.PUBLISHED, state(studio.id));
    }

    @Test
    void aPublicVariantThatIsGoneIsCopiedAgain() {
        Studio studio = archive.published();
        String key = publicKey(studio.rendered());
        open.delete(key);
        assertFoundAndMended("row-without-object");
        assertTrue(open.head(key).isPresent());
        assertEquals(List.of(), broker.published(), "it was published before");
        assertNothingFound();
    }

    @Test
    void aPublicVariantThatIsNowhereIsMadeAnew() {
        Studio studio = archive.published();
        String key = publicKey(studio.rendered());
        open.delete(key);
        hidden.delete(keys(hidden, Keys.staging(studio.id)));
        assertFoundAndMended("row-without-object");
        madeAgain(studio);
        assertTrue(open.head(key).isPresent());
        assertNothingFound();
    }

    @Test
    void whatCannotBePublishedAsItsRenditionsAreNowhereIsMadeAnew() {
        Studio studio = archive.studio();
        List.of(studio.accepted(), studio.rendered(), studio.scanned(Archive.HARMLESS)).forEach(archive::heard);
        hidden.delete(keys(hidden, Keys.staging(studio.id)));
        assertFoundAndMended("row-without-object");
        madeAgain(studio);
        assertEquals(State.PUBLISHED, state(studio.id));
        assertNothingFound();
    }

    /** As where each mending waits for a slow store. */
    @Test
    void whoMendsForLongIsBelievedAliveAfterEach() {
        List<Studio> studios = List.of(archive.published(), archive.published());
        studios.forEach(studio -> open.delete(publicKey(studio.rendered())));
        List<String> silent = new ArrayList<>();
        TestStore.refuseCopy = key -> {
            silent.addAll(TestDatabase.texts(archive.database, "select cast(now() - taken > interval '1 minute' as text) from reconciliation"));
            sql("update reconciliation set taken = now() - interval '1 hour'");
            return false;
        };
        try {
            assertEquals(Map.of("row-without-object", "2 2"), reconcile(true, "PT0S"));
        } finally {
            TestStore.refuseCopy = key -> false;
        }
        // before the first copy of each; those after it are of the same mending
        assertEquals(2, silent.stream().filter("false"::equals).count(), silent::toString);
    }

    @Test
    void aManifestThatIsMissingOrDamagedOrOfAnotherTimeIsWrittenAgain() {
        List<Studio> studios = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            studios.add(archive.published());
        }
        List<UUID> ids = studios.stream().map(s -> s.id).toList();
        Manifest good = manifest(ids.get(3));
        open.delete(Manifest.key(ids.get(0)));
        open.put(Manifest.key(ids.get(1)), Studio.bytes("{\"v\":"), "application/json");
        put(Manifest.takenDown(ids.get(2), Instant.now()));
        put(new Manifest(1, good.id(), good.fence(), good.publishedAt(), null, null, null, good.variants().subList(0, 1)));
        put(manifest(ids.get(4)).fenced(1_000_000));

        assertFound(Map.of("manifest-disagrees", "5 5"));

        for (Studio studio : studios) {
            assertEquals(4, manifest(studio.id).variants().size());
            assertEquals(State.PUBLISHED, state(studio.id));
            assertTrue(manifest(studio.id).fence() < 1_000_000);
        }
        assertEquals(Map.of(), reconcile(true, "PT0S"));
    }

    @Test
    void whatIsPublicAndNotClearedIsALeakAndIsTakenDown() {
        Studio doubtful = archive.published();
        sql("update evidence set labels = cast(? as json) where image_id = ?", "{\"porn\":0.5,\"hentai\":0,\"neutral\":0.5,\"drawing\":0,\"sexy\":0}", doubtful.id);
        sql("update image set state = 'review', published = null, verdict = 'review' where id = ?", doubtful.id);

        assertFound(Map.of("leaked", "1 1", "manifest-disagrees", "1 1"));

        assertTrue(manifest(doubtful.id).takenDown());
        assertEquals(Set.of(Manifest.key(doubtful.id)), keys(open, doubtful.id.toString()));
        assertEquals(State.REVIEW, state(doubtful.id));
        assertNothingFound();
    }

    @Test
    void whatTheDatabaseForgotToHavePublishedIsDecidedAgainAndAnnounced() {
        Studio studio = archive.published();
        sql("update image set state = 'scanned', published = null, verdict = null where id = ?", studio.id);
        assertFound(Map.of("leaked", "1 1", "manifest-disagrees", "1 1"));
        assertEquals(State.PUBLISHED, state(studio.id));
        assertEvent("image.published", published());
        assertNothingFound();
    }

    @Test
    void aWithdrawalThatTheDatabaseForgotIsNotUndone() {
        Studio studio = archive.published();
        put(Manifest.tombstone(studio.id, Instant.now()));
        assertFoundAndMended("manifest-disagrees");
        assertEvent("image.withdrawn", published());
        assertEquals(State.WITHDRAWN, state(studio.id));
        assertEquals(Set.of(), keys(hidden, ""));
        assertNothingFound();
    }

    @Test
    void ofAWithdrawnImageATombstoneIsLeftAndNothingElse() {
        Studio studio = archive.published();
        Manifest was = manifest(studio.id);
        archive.catalog.withdraw(studio.id, "asked");
        put(was);
        studio.rendered();

        assertFound(Map.of("leaked", "1 1", "manifest-disagrees", "1 1", "extra-object", "1 1"));

        assertTrue(manifest(studio.id).withdrawn());
        assertEquals(Set.of(), keys(hidden, ""));
        assertNothingFound();
    }

    @Test
    void whatIsPublicBesideTheManifestIsDeleted() {
        Studio studio = archive.published();
        String older = studio.id + "/thumb-0123456789abcdef.webp";
        open.put(older, Studio.bytes("an older one"), "image/webp");
        assertFoundAndMended("extra-object");
        assertTrue(open.head(older).isEmpty());
        assertNothingFound();
    }

    @Test
    void copiesOfAPublisherThatDiedGoBack() {
        Studio studio = seen(Archive.DOUBTFUL);
        String key = publicKey(studio.rendered());
        hidden.copyTo(open, Keys.STAGING + key, key);
        assertFoundAndMended("extra-object");
        assertTrue(open.head(key).isEmpty());
        assertNothingFound();
    }

    @Test
    void whatMakesNoProgressIsToldAndNudged() {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        assertNothingFound();
        sql("update image set nudges = 1 where id = ?", studio.id);
        assertFoundAndMended("stuck");
        assertEvent("image.accepted", published());
        assertEquals(List.of("2"), TestDatabase.texts(archive.database, "select cast(nudges as text) from image"));
        sql("update image set created = created - interval '1 day'");
        assertEquals(Map.of(), reconcile(true, "PT1H"), "it was nudged a moment ago");
    }

    @Test
    void aPublishedImageThatWasMadeAnewAndNeverLookedAtIsStuckAndStaysPublic() {
        Studio studio = archive.published();
        archive.heard(studio.rendered("another"));
        assertNothingFound();
        sql("update image set nudges = 1 where id = ?", studio.id);
        assertFoundAndMended("stuck");
        assertEvent("image.rendered", published());
    }

    @Test
    void whatMetadataCannotMendIsLeftAndTheRestIsMended() {
        Studio hopeless = archive.published();
        Studio other = archive.published();
        for (Studio studio : List.of(hopeless, other)) {
            open.delete(publicKey(studio.rendered()));
        }
        TestStore.refuseCopy = key -> key.startsWith(hopeless.id.toString());
        try {
            assertEquals(Map.of("row-without-object", "2 1"), reconcile(true, "PT0S"));
        } finally {
            TestStore.refuseCopy = key -> false;
        }
        assertEquals(Map.of("row-without-object", "1 1"), reconcile(true, "PT0S"));
    }

    @Test
    void moreImagesThanFitABatchAreWalkedThroughInOneOrder() {
        for (int i = 0; i < 130; i++) {
            Studio studio = archive.studio();
            if (i % 2 == 0) {
                archive.heard(studio.accepted());
            } else {
                hidden.put(Keys.master(UUID.randomUUID()), Studio.bytes("a master"), "image/jpeg");
            }
        }
        assertEquals(Map.of("object-without-row", "65 0"), reconcile(false, "PT0S"));
        Reconciliation ended = archive.catalog.reconciliations().last().orElseThrow();
        assertEquals(130, ended.looked());
        assertEquals(5, ended.findings().getFirst().first().size());
    }

    @Test
    void oneThatAWorkerDiedOverIsGoneOnWithAndWhoeverComesLateIsRefused() throws Exception {
        Studio first = archive.published();
        Studio second = archive.published();
        List.of(first, second).forEach(studio -> open.delete(publicKey(studio.rendered())));
        JsonNode asked = assertJson(200, send("POST", "/api/reconcile?age=PT0S", BodyPublishers.noBody()));
        String next = "/api/reconcile/next?every=PT1H&age=PT0S";
        JsonNode taken = assertJson(200, send("POST", next, BodyPublishers.noBody()));
        assertEquals(asked.get("id"), taken.get("id"));
        assertEquals("{}", assertJson(200, send("POST", next, BodyPublishers.noBody())).toString(), "one has it");
        ((ObjectNode) taken).put("reached", first.id.toString()).put("looked", 1);
        String path = "/api/reconcile/runs/" + asked.get("id").asText();
        assertJson(200, send("POST", path, BodyPublishers.ofByteArray(json(taken)), "Content-Type", "application/json"));
        sql("update reconciliation set taken = now() - interval '1 hour'");

        run();

        JsonNode end = assertJson(200, get(path));
        assertEquals(2, end.get("looked").asInt());
        assertEquals(List.of(second.id.toString()), end.at("/findings/0/first").findValuesAsText("id"));
        assertProblem(409, "conflict", send("POST", path, BodyPublishers.ofByteArray(json(taken)), "Content-Type", "application/json"));
    }

    @Test
    void oneIsDueWhenNobodyAskedForSoLongAndThenNotAgain() throws Exception {
        run();
        run();
        JsonNode all = assertJson(200, get("/api/reconcile")).get("reconciliations");
        assertEquals(1, all.size(), all::toString);
        assertTrue(all.get(0).get("by").isNull());
        assertFalse(all.get(0).get("mend").asBoolean());
        assertTrue(story().containsAll(steps("api-reconcile-list", "list", "answer")), story().toString());
    }

    @Test
    void whatCannotBeAskedIsAProblem() throws Exception {
        assertProblem(400, "bad-parameter", send("POST", "/api/reconcile?age=soon", BodyPublishers.noBody()));
        assertProblem(400, "bad-parameter", send("POST", "/api/reconcile?age=PT-1H", BodyPublishers.noBody()));
        assertProblem(400, "bad-parameter", send("POST", "/api/reconcile?mend=perhaps", BodyPublishers.noBody()));
        assertProblem(400, "bad-id", get("/api/reconcile/runs/4711"));
        assertProblem(404, "not-found", get("/api/reconcile/runs/" + Ids.timeOrdered()));
        assertProblem(400, "bad-id", get("/api/reconcile/images?ids=4711"));
        String image = "/api/reconcile/images/" + Ids.timeOrdered();
        assertProblem(400, "bad-parameter", send("POST", image + "?remedy=burn&kind=leaked&what=x", BodyPublishers.noBody()));
        assertProblem(400, "bad-parameter", send("POST", image + "?remedy=trim&kind=bad&what=x", BodyPublishers.noBody()));
        assertProblem(400, "bad-parameter", send("POST", image + "?remedy=trim&kind=leaked", BodyPublishers.noBody()));
        assertProblem(404, "not-found", send("POST", image + "?remedy=trim&kind=leaked&what=x", BodyPublishers.noBody()));
        UUID published = archive.published().id;
        assertProblem(409, "conflict", send("POST", "/api/reconcile/images/" + published + "?remedy=discard&kind=leaked&what=x", BodyPublishers.noBody()));
        for (String remedy : List.of("reject", "withdraw", "nudge", "erase")) {
            assertProblem(409, "conflict", send("POST", "/api/reconcile/images/" + published + "?remedy=" + remedy + "&kind=leaked&what=x", BodyPublishers.noBody()));
        }
        assertFalse(archive.catalog.audit(published, PageRequest.of(null, null, null)).entries().stream().anyMatch(entry -> entry.action().equals("mended")));
        assertEquals(State.PUBLISHED, state(published));
    }

    @Test
    void theCommandTellsWhatIsWrongAndByItsExitCodeWhetherAnythingIsLeft() throws Exception {
        Studio studio = archive.published();
        open.delete(publicKey(studio.rendered()));

        String told = command(1);
        assertTrue(told.contains("row-without-object           1         0"), told);
        assertTrue(told.contains(studio.id.toString()), told);
        assertTrue(told.endsWith("1 images looked at: 1 findings, 0 mended, 1 left.\n"), told);
        assertTrue(command(0, "--mend").endsWith("1 images looked at: 1 findings, 1 mended, 0 left.\n"));
        assertTrue(command(0).endsWith("1 images looked at: 0 findings, 0 mended, 0 left.\n"));
    }

    private String command(int exit, String... options) throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        List<String> arguments = new ArrayList<>(List.of("--url", "http://127.0.0.1:" + port, "--age", "0s"));
        arguments.addAll(List.of(options));
        var running = CompletableFuture.supplyAsync(() -> ReconcileCommand.run(new PrintStream(said, true), arguments.toArray(String[]::new)));
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            run();
            return running.isDone();
        });
        assertEquals(exit, running.get(), said::toString);
        return said.toString();
    }

    @Test
    void theCommandRefusesWhatItDoesNotKnow() {
        for (String[] wrong : new String[][] {{"--force"}, {"--age", "soon"}, {"--age"}, {"--url", "metadata"}}) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            assertEquals(2, ReconcileCommand.run(new PrintStream(said, true), wrong));
            assertTrue(said.toString().startsWith("safelight: "), said::toString);
        }
    }
}

package io.safelight.routes;

import static io.safelight.routes.TestBroker.Settled.ACKED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.camel.DeadLetterBox;
import io.safelight.catalog.Audit;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.catalog.DeadLetters;
import io.safelight.catalog.PageRequest;
import io.safelight.model.Event;
import io.safelight.model.Ids;
import io.safelight.model.State;
import io.safelight.model.Topology;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLettersRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);
    private final Counts counts = new Counts();

    DeadLettersRouteTest() {
        super(Map.of("safelight.metadata.dead-letter-life", "720h"), "metadata/dead-letters");
        replaceRouteFromWith("watch-dead-letters", "direct:watch");
        replaceRouteFromWith("forget-dead-letters", "direct:forget");
    }

    private final class Counts implements DeadLetterMeter {
        final AtomicInteger buried = new AtomicInteger();
        final AtomicInteger replayed = new AtomicInteger();
        final AtomicInteger discarded = new AtomicInteger();
        volatile List<DeadLetters.Tally> open = List.of();

        @Override
        public void buried() {
            buried.incrementAndGet();
        }

        @Override
        public void replayed() {
            replayed.incrementAndGet();
        }

        @Override
        public void discarded() {
            discarded.incrementAndGet();
        }

        @Override
        public void open(List<DeadLetters.Tally> tally) {
            open = tally;
        }
    }

    @Override
    void bind(Registry registry) {
        registry.bind("deadLetters", new DeadLetterBox(archive.catalog, counts, config));
        registry.bind("uploads", uploads());
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
    }

    private static Map<String, Object> headers(String queue) {
        return new HashMap<>(Map.of("trace", TRACE, "attempt", 10, "queue", queue, "cause-class", "io.safelight.error.Unavailable",
                "cause-message", "The store did not answer.", "stack-digest", "00112233445566aa", "failed-at", "2026-01-02T03:04:05.678Z"));
    }

    private static BasicProperties letter(String id, Map<String, Object> headers) {
        return properties(headers).builder().messageId(id).build();
    }

    private String bury(Event event) {
        String id = UUID.randomUUID().toString();
        assertEquals(ACKED, broker.deliver("processing.dead", json(event), letter(id, headers("processing"))));
        return id;
    }

    private DeadLetter kept(String id) {
        return archive.catalog.deadLetters().find(id).orElseThrow();
    }

    /** Of a group of its own. */
    private List<String> bury(int letters, String digest) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < letters; i++) {
            Event event = archive.studio().accepted();
            Map<String, Object> headers = headers("processing");
            headers.put("stack-digest", digest);
            headers.put("trace", "%032x".formatted(i + 1));
            headers.put("origin", "a test");
            headers.put("failed-at", "2026-01-02T03:04:05.%03dZ".formatted(i));
            ids.add(UUID.randomUUID().toString());
            assertEquals(ACKED, broker.deliver("processing.dead", json(event), letter(ids.getLast(), headers)));
        }
        return ids;
    }

    private String groupOf(String id) {
        return kept(id).fate().group();
    }

    private HttpResponse<byte[]> ask(String what, Object body) throws Exception {
        return send("POST", "/api/dead-letters/" + what, BodyPublishers.ofByteArray(json(body)), "Content-Type", "application/json");
    }

    private HttpResponse<byte[]> replay(String id) throws Exception {
        return send("POST", "/api/dead-letters/" + id + "/replay", BodyPublishers.noBody());
    }

    @ParameterizedTest
    @ValueSource(strings = {"processing", "processing.slow", "moderation", "metadata"})
    void aDeadLetterOfEveryQueueIsKeptWithItsCause(String queue) {
        Event event = archive.studio().accepted();
        String id = UUID.randomUUID().toString();

        assertEquals(ACKED, broker.deliver(queue + ".dead", json(event), letter(id, headers(queue))));

        assertEquals(steps("keep-dead-letters", "begin", "keep", "tell"), story());
        DeadLetter kept = kept(id);
        assertEquals(queue, kept.queue());
        assertEquals(event.id(), kept.imageId());
        assertEquals("io.safelight.error.Unavailable", kept.cause());
        assertEquals("The store did not answer.", kept.message());
        assertEquals("00112233445566aa", kept.stackDigest());
        assertEquals(10, kept.attempts());
        assertEquals(TRACE, kept.trace());
        assertEquals("2026-01-02T03:04:05.678Z", kept.first().toString());
        assertArrayEquals(json(event), kept.body());
        assertEquals(texts(headers(queue)), texts(kept.headers()));
        assertEquals(Map.of("trace", TRACE), kept.original(), "as it came the first time");
        assertEquals(Set.of("attempt", "queue", "cause-class", "cause-message", "stack-digest", "failed-at"), kept.marks().keySet());
        assertNull(kept.replayedAt());
        assertEquals(State.FAILED, archive.catalog.find(event.id()).orElseThrow().state());
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void theDeadQueuesAreThoseOfTheTopology() {
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertEquals(List.of("metadata.dead", "moderation.dead", "processing.dead", "processing.slow.dead", Topology.UNROUTED), broker.queues()));
    }

    @Test
    void aMessageThatNoQueueIsBoundForIsKeptWithItsRoutingKeyAndReplayedToWhoHearsEverything() throws Exception {
        Event event = archive.studio().accepted();
        String id = UUID.randomUUID().toString();

        assertEquals(ACKED, broker.deliver(Topology.UNROUTED, "image.accepted", json(event), letter(id, Map.of("trace", TRACE, "x-tenant", "acme"))));

        assertEquals(steps("keep-unrouted", "begin", "name-queue", "name-cause", "say-what-to-do", "keep", "tell"), story());
        DeadLetter kept = kept(id);
        assertEquals(List.of("metadata", "unrouted", TRACE), List.of(kept.queue(), kept.cause(), kept.trace()));
        assertTrue(kept.message().contains("image.accepted") && kept.message().contains("scripts/setup-rabbitmq"), kept.message());
        assertEquals(Map.of("trace", TRACE, "x-tenant", "acme"), kept.original());
        assertArrayEquals(json(event), kept.body());

        assertJson(200, replay(id));
        assertEquals("metadata", published().key());
    }

    @ParameterizedTest
    @CsvSource({"image.accepted, FAILED", "image.accepted.slow, FAILED", "acme.accepted, ACCEPTED", "image, ACCEPTED"})
    void whatOthersPublishUnderKeysOfTheirOwnFailsNoImageThatItNames(String key, State state) throws Exception {
        Event event = archive.studio().accepted();
        archive.heard(event);
        String id = UUID.randomUUID().toString();

        assertEquals(ACKED, broker.deliver(Topology.UNROUTED, key, json(event), letter(id, Map.of("trace", TRACE))));

        assertEquals(state, archive.catalog.find(event.id()).orElseThrow().state());
        assertEquals(state == State.FAILED ? event.id() : null, kept(id).imageId());
        assertEquals("unrouted", kept(id).cause());
        assertJson(200, ask("discard", Map.of("ids", List.of(id), "reason", "not ours", "by", "mo")));
        assertEquals(state, archive.catalog.find(event.id()).orElseThrow().state());
    }

    @Test
    void theHeadersOfAReplayAreThoseThatTheMessageCameWithTheirTablesAndListsToo() throws Exception {
        Map<String, Object> theirs = Map.of("x-tenant", "acme", "sizes", List.of(1, 2, "large"), "from", Map.of("host", "h", "ports", List.of(1, 2)), "on", true);
        Map<String, Object> headers = headers("processing");
        headers.putAll(theirs);
        headers.put("x-death", List.of(Map.of("queue", "processing.retry.1s", "count", 3L)));
        headers.put("sent", new Date(0));
        String id = UUID.randomUUID().toString();
        assertEquals(ACKED, broker.deliver("processing.dead", json(archive.studio().accepted()), letter(id, headers)));

        assertJson(200, replay(id));

        Map<String, Object> again = new HashMap<>(published().properties().getHeaders());
        assertEquals("1970-01-01T00:00:00Z", again.remove("sent").toString(), "a time is text by now");
        again.remove("trace");
        assertEquals(theirs, again);
    }

    @Test
    void whileTheDatabaseIsAwayADeadLetterIsHeldAndThenKept() {
        archive.away(2);

        String id = bury(archive.studio().accepted());

        assertEquals(steps("keep-dead-letters", "begin", "keep", "keep", "keep", "tell"), story());
        assertEquals(id, kept(id).id());
    }

    @Test
    void theSameDeadLetterTwiceIsKeptOnce() throws Exception {
        Event event = archive.studio().accepted();
        String id = bury(event);
        assertEquals(ACKED, broker.deliver("processing.dead", json(event), letter(id, headers("processing"))));

        JsonNode page = assertJson(200, get("/api/dead-letters?image=" + event.id()));
        assertEquals(List.of(id), page.findValuesAsText("id").stream().filter(id::equals).toList());
        assertEquals(1, page.at("/deadLetters/0/deaths").asInt());
    }

    /** RabbitMQ counted the deliveries, as of a message that kills its process: no header of ours. */
    @Test
    void aMessageThatTheBrokerGaveUpIsKeptUnderTheQueueItWasGivenUpIn() {
        Event event = archive.studio().rendered();
        String id = UUID.randomUUID().toString();

        assertEquals(ACKED, broker.deliver("moderation.dead", "image.rendered", json(event), letter(id, Map.of("trace", TRACE,
                "x-first-death-queue", "moderation", "x-first-death-reason", "delivery_limit"))));

        assertEquals("moderation", kept(id).queue());
        assertEquals("delivery-limit", kept(id).cause());
        assertEquals(event.id(), kept(id).imageId());
    }

    /** What Camel makes text of, and Spring drops where that cannot be done. */
    @Test
    void aLetterThatSaysItIsTextIsKeptAsItCame() {
        for (String encoding : new String[] {"gzip", "UTF-16", null}) {
            String id = UUID.randomUUID().toString();
            byte[] body = {0x1f, (byte) 0x8b, (byte) 0xff, 0};
            assertEquals(ACKED, broker.deliver("processing.dead", body, letter(id, headers("processing")).builder().contentType("text/plain").contentEncoding(encoding).build()));
            assertArrayEquals(body, kept(id).body());
        }
    }

    @Test
    void aMessageThatTheBrokerGaveUpDiedWhenTheBrokerSaysAndAfterAsManyDeliveriesAsItMayHave() {
        Instant then = Instant.parse("2026-01-02T03:04:05Z");
        String id = UUID.randomUUID().toString();
        BasicProperties came = letter(id, Map.of("trace", TRACE, "attempt", 2, "x-first-death-queue", "moderation.retry.1s", "x-last-death-queue", "moderation",
                "x-death", List.of(Map.of("queue", "moderation", "reason", "delivery_limit", "count", 1L, "time", Date.from(then)),
                        Map.of("queue", "moderation.retry.1s", "reason", "expired", "count", 2L, "time", Date.from(then.minusSeconds(60))))));
        byte[] message = json(archive.studio().rendered());

        for (int delivery = 0; delivery < 2; delivery++) {
            assertEquals(ACKED, broker.deliver("moderation.dead", "moderation.dead", message, came));
        }

        assertEquals(then, kept(id).last());
        assertEquals(1, kept(id).fate().deaths(), "the redelivery does not count");
        assertEquals(2 + Topology.DELIVERY_LIMIT, kept(id).attempts());
        assertEquals("moderation", kept(id).queue());
    }

    @ParameterizedTest
    @CsvSource({"60, true", "-60, true", "8640000, false"})
    void theTimeThatIsToldCountsAlsoByAClockThatIsAheadUnlessItIsAbsurd(int seconds, boolean counts) {
        Instant told = Instant.now().plusSeconds(seconds).truncatedTo(ChronoUnit.MILLIS);
        Map<String, Object> headers = headers("processing");
        headers.put("failed-at", told.toString());
        String id = UUID.randomUUID().toString();
        byte[] message = json(archive.studio().accepted());

        for (int delivery = 0; delivery < 2; delivery++) {
            assertEquals(ACKED, broker.deliver("processing.dead", message, letter(id, headers)));
        }

        assertEquals(counts, kept(id).last().equals(told), kept(id).last().toString());
        assertEquals(1, kept(id).fate().deaths());
    }

    /** Otherwise it would come again, and again, for ever. */
    @ParameterizedTest
    @CsvSource({"failed-at,yesterday", "attempt,often", "attempt,99999999999"})
    void aDeadLetterWithAHeaderThatCannotBeReadIsKeptAllTheSame(String header, String value) {
        Map<String, Object> headers = headers("processing");
        headers.put(header, value);
        String id = UUID.randomUUID().toString();

        assertEquals(ACKED, broker.deliver("processing.dead", new byte[] {0, (byte) 0xff, 7}, letter(id, headers)));

        assertArrayEquals(new byte[] {0, (byte) 0xff, 7}, kept(id).body());
        assertEquals(value, kept(id).headers().get(header));
        assertNull(kept(id).imageId());
    }

    @Test
    void theListTellsNewestFirstAndPageByPage() throws Exception {
        for (int i = 0; i < 3; i++) {
            bury(archive.studio().accepted());
        }
        story();

        JsonNode first = assertJson(200, get("/api/dead-letters?limit=2"));
        JsonNode second = assertJson(200, get("/api/dead-letters?limit=2&cursor=" + first.get("next").asText()));

        assertEquals(2, first.get("deadLetters").size());
        assertFalse(second.get("deadLetters").isEmpty());
        assertFalse(first.findValuesAsText("id").contains(second.at("/deadLetters/0/id").asText()));
        JsonNode letter = first.at("/deadLetters/0");
        assertEquals("The store did not answer.", letter.get("message").asText());
        assertEquals("accepted", tree(letter.get("body").asText().getBytes()).at("/fact/kind").asText());
        assertTrue(story().containsAll(steps("api-dead-letters", "list", "answer")), story().toString());
    }

    @Test
    void aPageThatIsNoneIsABadParameter() throws Exception {
        assertProblem(400, "bad-parameter", get("/api/dead-letters?limit=0"));
        assertProblem(400, "bad-parameter", get("/api/dead-letters?cursor=x"));
    }

    @Test
    void aReplayPublishesTheOriginalMessageAndThenMarksTheLetter() throws Exception {
        Studio studio = archive.studio();
        Event event = studio.accepted();
        archive.heard(event);
        String id = bury(event);
        int before = story().size();

        JsonNode answer = assertJson(200, replay(id));

        assertEquals(steps("api-dead-letter-replay", "read", "publish-again", "mark", "find", "answer"), story().subList(before, story().size()));
        TestBroker.Publication again = published();
        assertEquals("", again.exchange());
        assertEquals("processing", again.key());
        assertEquals(text(json(event)), text(again.message()));
        assertEquals(Map.of("trace", TRACE), texts(again.properties().getHeaders()), "no attempts, no cause");
        assertEquals(2, again.properties().getDeliveryMode());
        assertEquals("application/json", again.properties().getContentType());
        assertEquals(id, again.properties().getMessageId());
        assertEquals(id, answer.get("id").asText());
        assertTrue(answer.hasNonNull("replayedAt"));
        assertEquals(State.ACCEPTED, archive.catalog.find(studio.id).orElseThrow().state());
    }

    @ParameterizedTest
    @CsvSource({"REFUSE", "SILENCE", "BROKEN_CONNECTION"})
    void aReplayTheBrokerDoesNotTakeIsNotMarked(TestBroker.Answer answer) throws Exception {
        Event event = archive.studio().accepted();
        String id = bury(event);
        broker.answer(publication -> answer);

        assertProblem(503, "unavailable", replay(id));

        assertNull(kept(id).replayedAt());
        assertEquals(State.FAILED, archive.catalog.find(event.id()).orElseThrow().state());
    }

    @Test
    void aReplayIntoAQueueThatIsMissingIsNotMarked() throws Exception {
        String id = bury(archive.studio().accepted());
        broker.lack("processing");

        assertProblem(503, "unavailable", replay(id));
        assertProblem(503, "unavailable", ask("replay", Map.of("group", groupOf(id))));

        assertNull(kept(id).replayedAt());
        assertEquals(List.of(), broker.attempted());
        broker.calm();
    }

    @Test
    void anUnknownLetterIsNotFoundAndOneOfNoQueueIsAConflict() throws Exception {
        assertProblem(404, "not-found", replay(Ids.timeOrdered().toString()));

        String id = UUID.randomUUID().toString();
        archive.catalog.bury(new DeadLetter(id, null, null, null, null, null, new byte[0], Map.of(), 1, null, null, null, null));
        assertProblem(409, "conflict", replay(id));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aGroupHoldsAllOfOneCauseAndTheListCanBeAskedForIt() throws Exception {
        List<String> ids = bury(3, "aaaa");
        bury(1, "bbbb");
        String group = groupOf(ids.getFirst());

        JsonNode groups = assertJson(200, get("/api/dead-letter-groups?state=open&limit=200")).get("groups");

        assertTrue(story().containsAll(steps("api-dead-letter-groups", "list", "answer")), story().toString());
        JsonNode ours = StreamSupport.stream(groups.spliterator(), false).filter(g -> g.get("group").asText().equals(group)).findFirst().orElseThrow();
        assertEquals("processing io.safelight.error.Unavailable 3 3", "%s %s %d %d".formatted(ours.get("queue").asText(), ours.get("cause").asText(),
                ours.get("count").asInt(), ours.get("open").asInt()));
        assertEquals("The store did not answer.", ours.get("message").asText());
        assertEquals(3, assertJson(200, get("/api/dead-letters?state=open&queue=processing&cause=Unavailable&group=" + group)).get("deadLetters").size());
        String image = kept(ids.getFirst()).imageId().toString();
        assertEquals(List.of(ids.getFirst()), assertJson(200, get("/api/dead-letters?image=" + image)).get("deadLetters").findValuesAsText("id"));
        JsonNode one = assertJson(200, get("/api/dead-letters/" + ids.getFirst()));
        assertTrue(story().containsAll(steps("api-dead-letter", "find", "answer")), story().toString());
        assertEquals(group, one.get("group").asText());
        assertEquals("{\"origin\":\"a test\",\"trace\":\"%032x\"}".formatted(1), one.get("headers").toString());
        assertEquals(10, one.at("/marks/attempt").asInt());
    }

    @Test
    void aFilterThatCannotBeIsABadParameter() throws Exception {
        for (String query : List.of("state=shut", "queue=elsewhere", "group=x", "group=0123456789AB")) {
            assertProblem(400, "bad-parameter", get("/api/dead-letters?" + query));
        }
        assertProblem(400, "bad-id", get("/api/dead-letters?image=4711"));
        assertProblem(400, "bad-parameter", get("/api/dead-letter-groups?state=shut"));
        assertProblem(404, "not-found", get("/api/dead-letters/none"));
    }

    @Test
    void aGroupIsReplayedBatchByBatchWithTheTraceAndTheHeadersThatEachHad() throws Exception {
        List<String> ids = bury(103, "cccc");
        int before = counts.replayed.get();
        Map<String, String> group = Map.of("group", groupOf(ids.getFirst()));

        JsonNode first = assertJson(200, ask("replay", group));

        assertTrue(story().containsAll(steps("api-dead-letters-replay", "begin", "receive", "select", "each", "read", "open", "publish-again", "mark",
                "progress", "answer")));
        assertEquals(List.of(100, 3), List.of(first.get("replayed").asInt(), first.get("remaining").asInt()));
        JsonNode second = assertJson(200, ask("replay", Map.of("group", group.get("group"), "begun", first.get("begun").asText())));
        assertEquals(List.of(3, 0), List.of(second.get("replayed").asInt(), second.get("remaining").asInt()));
        assertEquals(first.get("begun"), second.get("begun"));
        assertEquals(ids, broker.published().stream().map(p -> p.properties().getMessageId()).toList(), "the oldest first, each once");
        for (int i = 0; i < ids.size(); i++) {
            assertEquals(Map.of("trace", "%032x".formatted(i + 1), "origin", "a test"), texts(broker.published().get(i).properties().getHeaders()));
        }
        assertEquals(0, assertJson(200, ask("replay", group)).get("replayed").asInt(), "what is replayed is left alone");
        assertEquals(0, assertJson(200, ask("replay", Map.of("ids", ids))).get("replayed").asInt());
        assertJson(200, replay(ids.getFirst()));
        assertEquals(104, broker.published().size(), "one that is named alone is replayed again");
        assertEquals(2, kept(ids.getFirst()).fate().replays());
        assertEquals(104, counts.replayed.get() - before);
    }

    @Test
    void whatIsDiscardedWhileAGroupIsReplayedStaysDiscarded() throws Exception {
        List<String> ids = bury(3, "abcd");
        // by somebody else, once all three were chosen and the first of them is on its way
        broker.answer(publication -> {
            ids.subList(0, 2).forEach(id -> archive.catalog.deadLetters().discard(id, "a test", "mo"));
            return TestBroker.Answer.CONFIRM;
        });

        JsonNode answer = assertJson(200, ask("replay", Map.of("group", groupOf(ids.getFirst()))));

        assertEquals(2, answer.get("replayed").asInt());
        assertEquals(List.of(ids.get(0), ids.get(2)), broker.published().stream().map(p -> p.properties().getMessageId()).toList());
        assertEquals(List.of("discarded", "discarded", "replayed"), ids.stream().map(id -> kept(id).fate().status().slug()).toList());
        assertEquals(State.FAILED, archive.catalog.find(kept(ids.getFirst()).imageId()).orElseThrow().state());

        broker.calm();
        assertJson(200, replay(ids.getFirst()));
        assertEquals("replayed", kept(ids.getFirst()).fate().status().slug(), "one that is named alone is");
    }

    @Test
    void aListTellsOfALongMessageHowLongItIsAndOneLetterHasIt() throws Exception {
        String id = UUID.randomUUID().toString();
        byte[] body = "x".repeat(20_000).getBytes();
        assertEquals(ACKED, broker.deliver("processing.dead", body, letter(id, headers("processing"))));

        JsonNode listed = StreamSupport.stream(assertJson(200, get("/api/dead-letters?limit=200&group=" + groupOf(id))).get("deadLetters").spliterator(), false)
                .filter(letter -> letter.get("id").asText().equals(id)).findFirst().orElseThrow();

        assertTrue(listed.get("body").isNull());
        assertEquals(20_000, listed.get("bytes").asInt());
        assertEquals(20_000, assertJson(200, get("/api/dead-letters/" + id)).get("body").asText().length());
        assertJson(200, replay(id));
        assertArrayEquals(body, published().message());
    }

    @Test
    void aReplayThatTheBrokerBreaksOffHasMarkedWhatItTookAndNoMore() throws Exception {
        List<String> ids = bury(5, "dddd");
        broker.answer(publication -> publication.properties().getMessageId().equals(ids.get(2)) ? TestBroker.Answer.REFUSE : TestBroker.Answer.CONFIRM);

        assertProblem(503, "unavailable", ask("replay", Map.of("group", groupOf(ids.getFirst()))));

        assertEquals(List.of("replayed", "replayed", "open", "open", "open"), ids.stream().map(id -> kept(id).fate().status().slug()).toList());
        broker.calm();
        assertEquals(3, assertJson(200, ask("replay", Map.of("ids", ids))).get("replayed").asInt());
    }

    @Test
    void aGroupIsDiscardedBatchByBatchWithAReasonInTheAudit() throws Exception {
        List<String> ids = bury(101, "eeee");
        int before = counts.discarded.get();
        Map<String, String> request = Map.of("group", groupOf(ids.getFirst()), "reason", " a test that went wrong ", "by", "mo");

        JsonNode answer = assertJson(200, ask("discard", request));

        assertTrue(story().containsAll(steps("api-dead-letters-discard", "begin", "receive", "discard", "answer")), story().toString());
        assertEquals("{\"discarded\":100,\"remaining\":1}", answer.toString());
        assertEquals("{\"discarded\":1,\"remaining\":0}", assertJson(200, ask("discard", request)).toString());
        assertEquals("{\"discarded\":0,\"remaining\":0}", assertJson(200, ask("discard", request)).toString());
        assertEquals(101, counts.discarded.get() - before);
        DeadLetter first = kept(ids.getFirst());
        assertEquals("a test that went wrong", first.fate().discarded().reason());
        Audit.Entry entry = archive.catalog.audit(first.imageId(), PageRequest.of(null, null, null)).entries().getFirst();
        assertEquals(List.of("discarded", "mo", ids.getFirst()), List.of(entry.action(), entry.actor(), entry.detail().get("deadLetter")));
        assertEquals("Discarded by mo: a test that went wrong", archive.catalog.find(first.imageId()).orElseThrow().reason());
        assertEquals(0, assertJson(200, ask("replay", Map.of("group", groupOf(ids.getFirst())))).get("replayed").asInt());
    }

    @Test
    void whatFailsAfterItWasLookedAtIsNotDiscarded() throws Exception {
        List<String> ids = bury(3, "bbcc");
        Map<String, String> request = Map.of("group", groupOf(ids.getFirst()), "until", kept(ids.get(1)).last().toString(), "reason", "a test", "by", "mo");

        assertEquals("{\"discarded\":2,\"remaining\":0}", assertJson(200, ask("discard", request)).toString());

        assertEquals(List.of("discarded", "discarded", "open"), ids.stream().map(id -> kept(id).fate().status().slug()).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "replay | {} | 400 | malformed-request", "replay | no json | 400 | malformed-request", "replay | null | 400 | malformed-request",
            "replay | {\"all\":false} | 400 | malformed-request", "replay | {\"all\":true,\"group\":\"0123456789ab\"} | 400 | malformed-request",
            "replay | {\"group\":\"x\"} | 400 | bad-parameter", "replay | {\"group\":\"0123456789ab\"} | 404 | not-found",
            "replay | {\"ids\":[]} | 400 | bad-parameter", "replay | {\"ids\":[null]} | 400 | bad-parameter", "replay | {\"ids\":[\"none\"]} | 404 | not-found",
            "replay | {\"all\":true,\"begun\":\"yesterday\"} | 400 | bad-parameter", "replay | {\"all\":true,\"begun\":\"+99999-01-01T00:00:00Z\"} | 400 | bad-parameter",
            "discard | {\"ids\":[\"none\"]} | 400 | malformed-request", "discard | {\"ids\":[\"none\"],\"reason\":\" \",\"by\":\"mo\"} | 400 | malformed-request",
            "discard | {\"ids\":[\"none\"],\"reason\":\"why\"} | 400 | malformed-request", "discard | {\"all\":true,\"reason\":\"why\",\"by\":\"mo\"} | 400 | malformed-request",
            "discard | {\"ids\":[\"none\"],\"reason\":\"why\",\"by\":\"mo\",\"until\":\"now\"} | 400 | bad-parameter",
            "discard | {\"ids\":[\"none\"],\"reason\":\"why\",\"by\":\"mo\"} | 404 | not-found"})
    void aRequestThatIsNotUnderstoodDoesNothingAndSaysWhatToSend(String what, String body, int status, String code) throws Exception {
        assertProblem(status, code, send("POST", "/api/dead-letters/" + what, BodyPublishers.ofString(body), "Content-Type", "application/json"));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void openLettersAreCountedAndOldOnesForgotten() {
        List<String> ids = bury(2, "ffff");
        TestDatabase.execute(archive.database, "update dead_letter set replayed_at = now() - interval '31 days' where id = ?", ids.getFirst());

        template.sendBody("direct:watch", "");
        template.sendBody("direct:forget", "");

        assertTrue(story().containsAll(steps("watch-dead-letters", "count", "tell")) && story().containsAll(steps("forget-dead-letters", "forget", "tell")), story().toString());
        assertTrue(counts.open.stream().anyMatch(t -> t.queue().equals("processing") && t.cause().equals("Unavailable") && t.open() > 0), counts.open.toString());
        assertTrue(archive.catalog.deadLetters().find(ids.getFirst()).isEmpty());
        assertEquals(ids.getLast(), kept(ids.getLast()).id());
    }
}

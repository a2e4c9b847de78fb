package io.safelight.routes;

import static io.safelight.routes.TestBroker.Settled.ACKED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.catalog.DeadLetter;
import io.safelight.model.Event;
import io.safelight.model.Ids;
import io.safelight.model.State;
import io.safelight.testing.Studio;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLettersRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);

    DeadLettersRouteTest() {
        super("metadata/dead-letters");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
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
        return archive.catalog.deadLetter(id).orElseThrow();
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

        assertEquals(steps("keep-dead-letters", "keep", "tell"), story());
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
        assertNull(kept.replayedAt());
        assertEquals(State.FAILED, archive.catalog.find(event.id()).orElseThrow().state());
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void theDeadQueuesAreThoseOfTheTopology() {
        Awaitility.await().untilAsserted(() -> assertEquals(List.of("metadata.dead", "moderation.dead", "processing.dead", "processing.slow.dead"), broker.queues()));
    }

    @Test
    void whileTheDatabaseIsAwayADeadLetterIsHeldAndThenKept() {
        archive.away(2);

        String id = bury(archive.studio().accepted());

        assertEquals(steps("keep-dead-letters", "keep", "keep", "keep", "tell"), story());
        assertEquals(id, kept(id).id());
    }

    @Test
    void theSameDeadLetterTwiceIsKeptOnce() throws Exception {
        Event event = archive.studio().accepted();
        String id = bury(event);
        assertEquals(ACKED, broker.deliver("processing.dead", json(event), letter(id, headers("processing"))));

        JsonNode page = assertJson(200, get("/api/dead-letters?limit=200"));
        assertEquals(1, page.findValuesAsText("id").stream().filter(id::equals).count());
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

        assertEquals(steps("api-dead-letter-replay", "read", "publish-again", "mark", "answer"), story().subList(before, story().size()));
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
    void anUnknownLetterIsNotFoundAndOneOfNoQueueIsAConflict() throws Exception {
        assertProblem(404, "not-found", replay(Ids.timeOrdered().toString()));

        String id = UUID.randomUUID().toString();
        archive.catalog.bury(new DeadLetter(id, null, null, null, null, null, new byte[0], Map.of(), 1, null, null, null, null));
        assertProblem(409, "conflict", replay(id));
        assertEquals(List.of(), broker.attempted());
    }
}

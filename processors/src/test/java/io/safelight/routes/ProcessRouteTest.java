package io.safelight.routes;

import static io.safelight.routes.TestBroker.Answer.BROKEN_CONNECTION;
import static io.safelight.routes.TestBroker.Answer.CONFIRM;
import static io.safelight.routes.TestBroker.Answer.REFUSE;
import static io.safelight.routes.TestBroker.Answer.SILENCE;
import static io.safelight.routes.TestBroker.Settled.ACKED;
import static io.safelight.routes.TestBroker.Settled.GIVEN_BACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.camel.Renditions;
import io.safelight.config.VariantsFile;
import io.safelight.error.Fault;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.VariantSpec;
import io.safelight.store.Keys;
import io.safelight.store.Stored;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.transform.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessRouteTest extends RouteTest {
    private static final List<VariantSpec> VARIANTS = VariantsFile.load(Path.of("config/variants.yaml"));
    private static final byte[] PHOTO = Samples.encoded(Samples.quarters(800, 600), "jpeg");
    private static final List<String> STEPS = steps("process-one", "begin", "read", "fetch-original", "transform", "store-renditions",
            "announce-rendered");

    ProcessRouteTest() {
        super("processing/process");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("renditions", new Renditions(engine(), VARIANTS, hidden, config));
    }

    private Event accepted(byte[] original) {
        return accepted(original, false);
    }

    private Event accepted(byte[] original, boolean slow) {
        UUID id = Ids.timeOrdered();
        hidden.put(Keys.raw(id), original, "image/jpeg");
        return Event.of(id, TRACE, new Fact.Accepted("photo.jpg", "http", Format.JPEG, original.length, 800, 600, slow, null), null)
                .withObject(Keys.raw(id), Studio.sha256(original));
    }

    @Test
    void anAcceptedOriginalBecomesAMasterAndEveryVariant() {
        Event accepted = accepted(PHOTO);

        assertEquals(ACKED, deliver("processing", accepted));

        assertEquals("process-work", story().getFirst());
        assertEquals(STEPS, story().subList(1, story().size()));
        JsonNode event = assertEvent("image.rendered", published());
        assertEquals(accepted.id().toString(), event.get("id").asText());
        assertEquals(TRACE, event.get("trace").asText());
        assertEquals(Keys.master(accepted.id()), event.at("/keys/0").asText());
        byte[] master = bytes(hidden, Keys.master(accepted.id())).orElseThrow();
        assertEquals(Studio.sha256(master), event.get("sha256").asText());
        assertEquals("process", event.at("/step/name").asText());
        assertTrue(event.at("/step/from").asText().compareTo(event.at("/step/to").asText()) <= 0);
        JsonNode fact = event.get("fact");
        assertEquals("rendered", fact.get("kind").asText());
        assertEquals(List.of(800, 600), List.of(fact.get("width").asInt(), fact.get("height").asInt()));
        assertTrue(fact.get("dominantColor").asText().matches("#[0-9a-f]{6}"));
        assertTrue(fact.get("blurhash").asText().length() > 6);
        assertEquals(8, fact.at("/pdq/hashes").size());
        assertTrue(fact.at("/pdq/quality").isInt());

        Set<String> staged = new TreeSet<>();
        Set<String> names = new TreeSet<>();
        JsonNode source = fact.get("variants").get(fact.get("variants").size() - 1);
        assertEquals("source", source.get("name").asText(), "the last");
        assertEquals(Keys.master(accepted.id()), source.get("key").asText());
        assertEquals(event.get("sha256"), source.get("sha256"), "what is looked at is what is published");
        assertEquals(master.length, source.get("bytes").asInt());
        assertEquals(event.get("sha256").asText(), hidden.head(Keys.master(accepted.id())).orElseThrow().metadata().get("sha256"));
        for (JsonNode variant : fact.get("variants")) {
            if (variant == source) {
                continue;
            }
            String key = variant.get("key").asText();
            String sha256 = variant.get("sha256").asText();
            assertEquals(sha256, Studio.sha256(bytes(hidden, key).orElseThrow()));
            assertTrue(key.startsWith(Keys.staging(accepted.id()) + variant.get("name").asText() + "-" + sha256.substring(0, 16)), key);
            Stored stored = hidden.head(key).orElseThrow();
            assertEquals(variant.get("bytes").asLong(), stored.bytes());
            assertEquals(Map.of("content-type", stored.contentType(), "sha256", sha256, "transform-state", variant.get("name").asText(),
                    "engine", fact.get("engine").asText()), stored.metadata());
            staged.add(key);
            names.add(variant.get("name").asText());
        }
        assertTrue(fact.get("engine").asText().matches("(libvips|thumbnailator) \\d+\\.\\d+.*"), fact.get("engine")::asText);
        assertEquals(new TreeSet<>(VARIANTS.stream().map(VariantSpec::name).toList()), names);
        assertEquals(staged, keys(hidden, Keys.staging(accepted.id())));
    }

    @Test
    void anOriginalWhoseBytesBreakOffOnTheirWaySendsTheMessageToTheRetryQueue() {
        byte[] large = new byte[1 << 20];
        new Random(7).nextBytes(large);
        Event accepted = accepted(large);
        TestStore.breakOff = key -> key.equals(Keys.raw(accepted.id()));
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), came));

        assertRetried("processing", 1, "1s", json(accepted), came);
    }

    @Test
    void theSlowLaneDoesTheSameWork() {
        assertEquals(ACKED, deliver("processing.slow", accepted(PHOTO, true)));

        assertEquals("process-slow-work", story().getFirst());
        assertEquals(STEPS, story().subList(1, story().size()));
        assertEvent("image.rendered", published());
    }

    @Test
    void theSameMessageTwiceWritesTheSameKeysAndSaysTheSame() {
        Event accepted = accepted(PHOTO);
        assertEquals(ACKED, deliver("processing", accepted));
        Set<String> once = keys(hidden, "");
        assertEquals(ACKED, deliver("processing", accepted));

        assertEquals(once, keys(hidden, ""));
        List<TestBroker.Publication> both = broker.published();
        assertEquals(2, both.size());
        assertEquals(tree(both.get(0).message()).get("fact"), tree(both.get(1).message()).get("fact"));
        assertEquals(tree(both.get(0).message()).get("sha256"), tree(both.get(1).message()).get("sha256"));
    }

    @Test
    void anImageThatCannotBeDecodedIsRejectedAndNotTriedAgain() {
        Event accepted = accepted(Samples.cut(PHOTO, 0.5));

        assertEquals(ACKED, deliver("processing", accepted));

        JsonNode event = assertEvent("image.rejected", published());
        assertEquals(accepted.id().toString(), event.get("id").asText());
        assertEquals("rejected", event.at("/fact/kind").asText());
        assertEquals("broken-image", event.at("/fact/problem/code").asText());
        assertEquals(422, event.at("/fact/problem/status").asInt());
        assertEquals("process", event.at("/step/name").asText());
        assertEquals(Set.of(), keys(hidden, Keys.staging(accepted.id())));
    }

    @Test
    void aStoreThatDoesNotAnswerSendsTheMessageToTheRetryQueueAsItCame() {
        Event accepted = accepted(PHOTO);
        TestStore.refuse = key -> key.equals(Keys.raw(accepted.id()));
        byte[] body = ("  " + text(json(accepted)) + "\n").getBytes();
        BasicProperties came = properties(Map.of("trace", TRACE, "from-elsewhere", "kept", "x-death", "the broker's own"));

        assertEquals(ACKED, broker.deliver("processing", body, came));

        assertRetried("processing", 1, "1s", body, came);
    }

    @Test
    void variantsThatCannotBeStoredSendTheMessageToTheRetryQueueOfItsLane() {
        Event accepted = accepted(PHOTO, true);
        TestStore.refuse = key -> key.startsWith(Keys.staging(accepted.id()) + "medium");
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("processing.slow", json(accepted), came));

        assertRetried("processing.slow", 1, "1s", json(accepted), came);
    }

    @ParameterizedTest
    @CsvSource({"1,5s", "2,20s", "3,60s", "8,60s"})
    void eachAttemptWaitsLongerUpToAMinute(int attempt, String delay) {
        Event accepted = accepted(PHOTO);
        TestStore.refuse = key -> key.equals(Keys.raw(accepted.id()));
        BasicProperties came = properties(Map.of("trace", TRACE, "attempt", attempt));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), came));

        assertRetried("processing", attempt + 1, delay, json(accepted), came);
    }

    @Test
    void theLastAttemptEndsInTheDeadQueue() {
        Event accepted = accepted(PHOTO);
        TestStore.refuse = key -> key.equals(Keys.raw(accepted.id()));
        BasicProperties came = properties(Map.of("trace", TRACE, "attempt", 9)).builder().expiration("60000").build();

        assertEquals(ACKED, broker.deliver("processing", json(accepted), came));

        assertBuried("processing", 10, software.amazon.awssdk.services.s3.model.S3Exception.class, json(accepted), came);
    }

    @Test
    void anOriginalThatWasChangedInTheStoreIsADeadLetter() {
        Event accepted = accepted(PHOTO);
        hidden.put(Keys.raw(accepted.id()), Studio.bytes("others"), "image/jpeg");
        BasicProperties came = properties(Map.of("trace", TRACE, "attempt", 2));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), came));

        TestBroker.Publication dead = assertBuried("processing", 3, Fault.class, json(accepted), came);
        assertTrue(dead.header("cause-message").contains(Keys.raw(accepted.id())), dead.header("cause-message"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no JSON", "null", "[]", "{}", "{\"v\":2}",
            "{\"v\":1,\"id\":\"0197b6c2-0000-7000-8000-000000000000\",\"trace\":\"t\"}",
            "{\"v\":1,\"id\":\"0197b6c2-0000-7000-8000-000000000000\",\"trace\":\"t\",\"fact\":{\"kind\":\"sold\"}}",
            "{\"v\":1,\"id\":\"0197b6c2-0000-7000-8000-000000000000\",\"trace\":\"t\",\"fact\":{\"kind\":\"published\"}}",
            "{\"v\":1,\"id\":\"0197b6c2-0000-7000-8000-000000000000\",\"trace\":\"t\",\"sha256\":\"00\",\"keys\":[],"
                    + "\"fact\":{\"kind\":\"accepted\",\"format\":\"jpeg\"}}"})
    void aMessageThatIsNotOfTheContractIsADeadLetter(String body) {
        BasicProperties came = properties(Map.of());

        assertEquals(ACKED, broker.deliver("processing", body.getBytes(), came));

        assertBuried("processing", 1, Fault.class, body.getBytes(), came);
    }

    @Test
    void anotherFactThanAcceptedIsADeadLetter() {
        Event accepted = accepted(PHOTO);
        byte[] body = json(Event.of(accepted.id(), TRACE, new Fact.Published(), null).withObject(accepted.keys().getFirst(), accepted.sha256()));
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("processing", body, came));

        assertBuried("processing", 1, Fault.class, body, came);
    }

    /** A refusal is a full queue or disk: the same publication may work later. */
    @ParameterizedTest
    @EnumSource(value = TestBroker.Answer.class, names = "CONFIRM", mode = EnumSource.Mode.EXCLUDE)
    void anEventThatTheBrokerDoesNotTakeIsTriedAgainLater(TestBroker.Answer answer) {
        Event accepted = accepted(PHOTO);
        broker.answer(publication -> publication.key().equals("image.rendered") ? answer : CONFIRM);
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), came));

        assertRetried("processing", 1, "1s", json(accepted), came);
    }

    @ParameterizedTest
    @EnumSource(value = TestBroker.Answer.class, names = "CONFIRM", mode = EnumSource.Mode.EXCLUDE)
    void aMessageThatCannotBePutIntoTheRetryQueueIsGivenBack(TestBroker.Answer answer) {
        Event accepted = accepted(PHOTO);
        TestStore.refuse = key -> key.equals(Keys.raw(accepted.id()));
        broker.answer(publication -> answer);

        assertEquals(GIVEN_BACK, deliver("processing", accepted));

        assertEquals(List.of(), broker.published());
        assertEquals("processing.retry.1s", broker.attempted().getFirst().key());
    }

    @ParameterizedTest
    @EnumSource(value = TestBroker.Answer.class, names = "CONFIRM", mode = EnumSource.Mode.EXCLUDE)
    void aMessageThatCannotBePutIntoTheDeadQueueIsGivenBack(TestBroker.Answer answer) {
        broker.answer(publication -> answer);

        assertEquals(GIVEN_BACK, broker.deliver("processing", "no JSON".getBytes(), properties(Map.of())));

        assertEquals(List.of(), broker.published());
        assertEquals("processing.dead", broker.attempted().getFirst().key());
    }

    @Test
    void aRejectionThatCannotBeAnnouncedIsGivenBack() {
        Event accepted = accepted(Samples.cut(PHOTO, 0.5));
        broker.answer(publication -> REFUSE);

        assertEquals(GIVEN_BACK, deliver("processing", accepted));
    }

    @Test
    void aConsumerTakesOneMessageAheadAndNoMore() {
        Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertEquals(List.of("processing", "processing.slow"), broker.queues()));
        assertEquals(1, broker.prefetch("processing"));
        assertEquals(1, broker.prefetch("processing.slow"));
    }

    /** Whoever can publish to the queue does not thereby steer this process or whoever hears of the image. */
    @Test
    void noHeaderOfAMessageSteersTheRouteOrGoesOnWithTheEvent() {
        Event accepted = accepted(PHOTO);
        Map<String, Object> headers = new HashMap<>(Map.of("trace", TRACE, "secret", "s", "CamelAwsS3Key", "raw/other",
                "camelawss3bucketname", "other", "CamelSpringRabbitmqRoutingOverrideKey", "image.published"));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), properties(headers)));

        assertEquals(accepted.id().toString(), assertEvent("image.rendered", published()).get("id").asText());
    }
}

package io.safelight.routes;

import static io.safelight.routes.TestBroker.Settled.ACKED;
import static io.safelight.routes.TestBroker.Settled.GIVEN_BACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.Moderation;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.moderate.Model;
import io.safelight.moderate.Moderator;
import io.safelight.store.Keys;
import io.safelight.testing.Models;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.trace.Spans;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Samples;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScanRouteTest extends RouteTest {
    private static final byte[] MASTER = Samples.encoded(Samples.quarters(640, 480), "jpeg");

    private final Moderator moderator = new Moderator(engine(), Models.running(1, Duration.ofMillis(1), 1, 4));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private volatile Moderator asked = moderator;

    ScanRouteTest() {
        super("moderation/scan");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("moderation", new Moderation(moderator, meters, Spans.off()) {
            @Override
            public Object scan(Exchange exchange, Path file) {
                return new Moderation(asked, meters, Spans.off()).scan(exchange, file);
            }
        });
    }

    @BeforeEach
    void countAnew() {
        meters.clear();
    }

    private void assertTimed(String result) {
        assertEquals(List.of(result + " 1"), meters.get("moderation.scan.duration").timers().stream()
                .map(timer -> timer.getId().getTag("result") + " " + timer.count()).toList());
    }

    @AfterAll
    void letGoOfTheModel() {
        moderator.close();
    }

    private Event rendered(byte[] master) {
        UUID id = Ids.timeOrdered();
        hidden.put(Keys.master(id), master, "image/jpeg");
        return Event.of(id, TRACE, new Fact.Rendered(640, 480, "LEHV6nWB2yk8", "#102030", Map.of(), "libvips 8", List.of(), null), null)
                .withObject(Keys.master(id), Studio.sha256(master));
    }

    @Test
    void theModelLooksAtTheMasterAndSaysWhatItSaw() {
        Event rendered = rendered(MASTER);

        assertEquals(ACKED, deliver("moderation", rendered));

        assertEquals(steps("scan", "begin", "read", "fetch-master", "moderate", "compose-scanned", "announce-scanned"), story());
        JsonNode event = assertEvent("image.scanned", published());
        assertEquals(rendered.id().toString(), event.get("id").asText());
        assertEquals(TRACE, event.get("trace").asText());
        assertEquals(Keys.master(rendered.id()), event.at("/keys/0").asText(), "what was looked at");
        assertEquals(rendered.sha256(), event.get("sha256").asText());
        assertEquals("scan", event.at("/step/name").asText());
        assertEquals("scanned", event.at("/fact/kind").asText());
        assertEquals(moderator.modelIds().getFirst(), event.at("/fact/seen/0/model").asText());
        TreeSet<String> labels = new TreeSet<>();
        double sum = 0;
        for (Map.Entry<String, JsonNode> label : event.at("/fact/seen/0/labels").properties()) {
            labels.add(label.getKey());
            sum += label.getValue().asDouble();
        }
        assertEquals(new TreeSet<>(Model.shipped().labels()), labels);
        assertEquals(1, sum, 0.01);
        assertTimed("scanned");
    }

    @Test
    void theSameMessageTwiceSaysTheSame() {
        Event rendered = rendered(MASTER);
        assertEquals(ACKED, deliver("moderation", rendered));
        assertEquals(ACKED, deliver("moderation", rendered));

        assertEquals(2, broker.published().size());
        assertEquals(tree(broker.published().getFirst().message()).get("fact"), tree(broker.published().getLast().message()).get("fact"));
    }

    @Test
    void aMasterThatCannotBeDecodedIsRejected() {
        Event rendered = rendered(Samples.cut(MASTER, 0.5));

        assertEquals(ACKED, deliver("moderation", rendered));

        JsonNode event = assertEvent("image.rejected", published());
        assertEquals(rendered.id().toString(), event.get("id").asText());
        assertEquals("broken-image", event.at("/fact/problem/code").asText());
        assertEquals("scan", event.at("/step/name").asText(), "the time was spent here");
        assertTimed("rejected");
    }

    @Test
    void aMasterWithMoreFramesThanAreReadHereIsADeadLetterAndNotSeenInPart() throws Exception {
        byte[] animation = Files.readAllBytes(Path.of("processors/src/test/resources/golden/in/animated.webp"));
        Event rendered = rendered(animation);
        BasicProperties came = properties(Map.of("trace", TRACE));
        ImageEngine plain = Engines.open("thumbnailator", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));
        asked = new Moderator(plain, Models.running(1, Duration.ofMillis(1), 1, 4));
        try {
            assertEquals(ACKED, broker.deliver("moderation", json(rendered), came));
        } finally {
            asked.close();
            asked = moderator;
        }

        TestBroker.Publication dead = assertBuried("moderation", 1, Fault.class, json(rendered), came);
        assertTrue(dead.header("cause-message").contains("3 frames"), dead.header("cause-message"));
        assertTimed("failed");
    }

    @Test
    void aMasterThatIsGoneIsToldAndMetadataKnowsWhatToDo() {
        Event rendered = rendered(MASTER);
        hidden.delete(Keys.master(rendered.id()));

        assertEquals(ACKED, deliver("moderation", rendered));

        JsonNode event = assertEvent("image.rejected", published());
        assertEquals("not-found scan", event.at("/fact/problem/code").asText() + " " + event.at("/step/name").asText());
    }

    @Test
    void aStoreThatDoesNotAnswerSendsTheMessageToTheRetryQueue() {
        Event rendered = rendered(MASTER);
        TestStore.refuse = key -> key.equals(Keys.master(rendered.id()));
        BasicProperties came = properties(Map.of("trace", TRACE, "attempt", 3));

        assertEquals(ACKED, broker.deliver("moderation", json(rendered), came));

        assertRetried("moderation", 4, "60s", json(rendered), came);
    }

    @Test
    void aModelThatTakesNoMoreSendsTheMessageToTheRetryQueueAndInTheEndToTheDead() {
        Event rendered = rendered(MASTER);
        Moderator closed = new Moderator(engine(), Models.running(1, Duration.ofMillis(1), 1, 1));
        closed.close();
        asked = closed;
        try {
            BasicProperties first = properties(Map.of("trace", TRACE));
            assertEquals(ACKED, broker.deliver("moderation", json(rendered), first));
            assertRetried("moderation", 1, "1s", json(rendered), first);
            assertTimed("unavailable");

            broker.calm();
            BasicProperties last = properties(Map.of("trace", TRACE, "attempt", 9));
            assertEquals(ACKED, broker.deliver("moderation", json(rendered), last));
            assertBuried("moderation", 10, Unavailable.class, json(rendered), last);
        } finally {
            asked = moderator;
        }
    }

    @Test
    void anotherMasterThanTheOneAnnouncedIsADeadLetter() {
        Event rendered = rendered(MASTER);
        hidden.put(Keys.master(rendered.id()), Samples.encoded(Samples.quarters(64, 48), "jpeg"), "image/jpeg");
        BasicProperties came = properties(Map.of("trace", TRACE));

        assertEquals(ACKED, broker.deliver("moderation", json(rendered), came));

        TestBroker.Publication dead = assertBuried("moderation", 1, Fault.class, json(rendered), came);
        assertTrue(dead.header("cause-message").contains(Keys.master(rendered.id())), dead.header("cause-message"));
    }

    @Test
    void aMessageWhoseLabelsAndWhoseRetryTheBrokerRefusesIsGivenBack() {
        broker.answer(publication -> TestBroker.Answer.REFUSE);

        assertEquals(GIVEN_BACK, deliver("moderation", rendered(MASTER)));

        assertEquals(List.of("image.scanned", "moderation.retry.1s"), broker.attempted().stream().map(TestBroker.Publication::key).toList());
    }
}

package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.catalog.Catalog;
import io.safelight.catalog.CatalogListener;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.config.SafelightConfig;
import io.safelight.model.Decision;
import io.safelight.model.Ids;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** There is no place after the dead letters: one that cannot be kept is tried for ever, and holds up all behind it. */
class DeadLettersAreKeptTest {
    static Catalog catalog;
    static DeadLetterBox bean;

    @BeforeAll
    static void start() {
        catalog = new Catalog(TestDatabase.create(), TestStore.newBucket(), TestStore.newBucket(),
                evidence -> new Decision(Decision.Verdict.CLEAR, "toy"), (id, variant, format) -> "", CatalogListener.NOBODY);
        bean = new DeadLetterBox(catalog, DeadLetterMeter.NOBODY, new SmallRyeConfigBuilder().addDiscoveredConverters()
                .withMapping(SafelightConfig.class).build().getConfigMapping(SafelightConfig.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[]", "7", "\"text\"", "{not json", "{\"v\":1,\"id\":7}", "{\"v\":1,\"fact\":{\"kind\":\"nonsense\"}}"})
    void whateverItsBodyIs(String body) {
        DeadLetter kept = keep(body, Map.of());
        assertArrayEquals(body.getBytes(StandardCharsets.UTF_8), kept.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"+999999999-12-31T23:59:59Z", "-999999999-01-01T00:00:00Z", "yesterday"})
    void whateverItSaysOfItsTime(String failedAt) {
        assertArrayEquals(new byte[] {'x'}, keep("x", Map.of("failed-at", failedAt)).body());
    }

    /** As RabbitMQ would tell it, or a publisher in its name: PostgreSQL knows no such times. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, 9_300_000_000_000_000L, -1})
    void whateverTheBrokerSaysOfItsTime(long time) {
        Instant before = Instant.now().minusSeconds(60);
        for (String ours : List.of("", "+999999999-12-31T23:59:59Z")) {
            DeadLetter kept = keep("x", Map.of("failed-at", ours, "x-death", List.of(Map.of("time", new Date(time)))));
            assertTrue(kept.last().isAfter(before) && kept.last().isBefore(before.plusSeconds(600)), kept.last().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"99999999999, 1000020", "2147483647, 1000020", "-7, 20", "3, 23"})
    void howeverOftenItSaysItWasTried(long attempt, int attempts) {
        assertEquals(attempts, keep("x", Map.of("attempt", attempt)).attempts());
    }

    @Test
    void alsoWithoutABody() {
        assertArrayEquals(new byte[0], keep(null, Map.of()).body());
    }

    @ParameterizedTest
    @CsvSource({
            // as the dead-letter sink publishes it, and as RabbitMQ's delivery limit does
            "processing.slow.dead, processing.slow, , processing.slow",
            "processing.dead, , processing, processing",
            // it was tried again once before its workers died of it: its first death was the expiry in the retry queue
            "processing.dead, , processing.retry.20s, processing",
            // as Qpid moves it, with the routing key it was published with
            "image.rendered, , moderation, moderation",
            "image.rendered, , , unknown",
            "somewhere, elsewhere, , unknown"})
    void withTheWorkQueueItIsToBeReplayedInto(String routingKey, String queue, String firstDeath, String expected) {
        Map<String, Object> headers = new java.util.HashMap<>(Map.of(SpringRabbitMQConstants.ROUTING_KEY, routingKey));
        headers.put("queue", queue);
        headers.put("x-first-death-queue", firstDeath);
        assertEquals(expected, keep("x", headers).queue());
    }

    @Test
    void withTheTraceOfItsHeaderOrElseOfItsBodyOrElseOneOfItsOwn() {
        String event = "{\"v\":1,\"id\":\"" + Ids.timeOrdered() + "\",\"trace\":\"0af7651916cd43dd8448eb211c80319c\",\"fact\":{\"kind\":\"published\"}}";
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", keep(event, Map.of("trace", "4bf92f3577b34da6a3ce929d0e0e4736")).trace());
        assertEquals("0af7651916cd43dd8448eb211c80319c", keep(event, Map.of()).trace());
        assertTrue(keep("x", Map.of()).trace().matches("[0-9a-f]{32}"));
    }

    private static DeadLetter keep(String body, Map<String, Object> headers) {
        DefaultExchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.getMessage().setHeaders(new java.util.HashMap<>(headers));
        exchange.getMessage().setHeader(SpringRabbitMQConstants.MESSAGE_ID, UUID.randomUUID().toString());
        exchange.getMessage().setBody(body == null ? null : body.getBytes(StandardCharsets.UTF_8));
        bean.begin(exchange);
        return catalog.deadLetters().find(bean.bury(exchange)).orElseThrow();
    }
}

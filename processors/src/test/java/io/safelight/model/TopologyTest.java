package io.safelight.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Topology.Retry;
import io.safelight.model.Topology.Work;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code config/rabbitmq-definitions.json} says of RabbitMQ what {@link Topology} says of every broker. */
class TopologyTest {
    static JsonNode definitions;

    @BeforeAll
    static void read() throws Exception {
        definitions = Json.MAPPER.readTree(Files.readString(Path.of("config/rabbitmq-definitions.json")));
    }

    @Test
    void everyWorkQueueHasItsRetryQueuesAndItsDeadOneAndThereIsNoOther() {
        var expected = Arrays.stream(Work.values()).flatMap(w -> w.queues().stream()).collect(Collectors.toCollection(TreeSet::new));
        expected.add(Topology.UNROUTED);
        assertEquals(expected, new TreeSet<>(queues().keySet()));
    }

    @Test
    void everyQueueIsDurableReplicatedAndRefusesRatherThanDrops() {
        queues().forEach((name, queue) -> {
            assertTrue(queue.path("durable").asBoolean(), name);
            assertEquals("quorum", argument(queue, "x-queue-type"), name);
            assertEquals("reject-publish", argument(queue, "x-overflow"), name);
        });
    }

    @Test
    void aMessageThatEndsInAWorkOrRetryQueueGoesOnAndCannotGetLostOnTheWay() {
        for (var work : Work.values()) {
            assertDeadLetters(work.queue(), work.dead());
            work.retries().forEach(retry -> assertDeadLetters(retry.queue(), work.queue()));
        }
    }

    @Test
    void onlyARetryQueueLetsMessagesGoByTimeAndAllOfThemAfterTheSame() {
        var delays = Arrays.stream(Work.values()).flatMap(w -> w.retries().stream())
                .collect(Collectors.toMap(Retry::queue, retry -> String.valueOf(retry.delay().toMillis())));
        queues().forEach((name, queue) -> assertEquals(delays.getOrDefault(name, ""), argument(queue, "x-message-ttl"), name));
    }

    @Test
    void eachTryAgainWaitsLongerUpToAMinute() {
        var waits = IntStream.of(1, 2, 3, 4, 5, 1_000_001).mapToObj(failed -> Retry.after(failed, "processing.slow")).toList();
        assertEquals(List.of("1s", "5s", "20s", "60s", "60s", "60s"), waits.stream().map(w -> w.queue().replace("processing.slow.retry.", "")).toList());
        assertEquals(List.of(1L, 5L, 20L, 60L, 60L, 60L), waits.stream().map(w -> w.delay().toSeconds()).toList());
        assertEquals(Work.PROCESSING_SLOW.retries(), waits.subList(0, 4));
    }

    @Test
    void onlyWorkQueuesGiveAMessageUp() {
        for (var work : Work.values()) {
            assertEquals(String.valueOf(Topology.DELIVERY_LIMIT), argument(queues().get(work.queue()), "x-delivery-limit"));
        }
        // RabbitMQ 4 has a limit of 20 where none is set, and drops what reaches it in a queue that leads nowhere
        queues().values().stream().filter(q -> !q.path("arguments").has("x-dead-letter-exchange"))
                .forEach(q -> assertEquals("1000000000", argument(q, "x-delivery-limit"), q.path("name").asText()));
    }

    @Test
    void theBindingsAreTheOnesOfTheContract() {
        var bound = bindings(Topology.EXCHANGE);
        var expected = Arrays.stream(Work.values()).flatMap(w -> w.keys().stream().map(key -> key + " -> " + w.queue())).collect(Collectors.toSet());
        assertEquals(expected, bound);
        assertEquals(Set.of(" -> " + Topology.UNROUTED), bindings(Topology.UNROUTED));
    }

    @Test
    void onlyTheQueuesThatUploadsEnterAreBoundedAndNoPolicySaysWhatCorrectnessRestsOn() {
        var policies = all("policies");
        for (var name : queues().keySet()) {
            var bounded = policies.stream().anyMatch(policy -> Pattern.compile(policy.path("pattern").asText()).matcher(name).find());
            assertEquals(Set.of(Work.PROCESSING.queue(), Work.PROCESSING_SLOW.queue()).contains(name), bounded, name);
        }
        for (var policy : policies) {
            var keys = new TreeSet<String>();
            policy.path("definition").fieldNames().forEachRemaining(keys::add);
            assertEquals(Set.of("max-length", "max-length-bytes"), keys);
        }
    }

    @Test
    void noEventOfOursIsUnrouted() {
        for (var fact : Fact.class.getPermittedSubclasses()) {
            var key = "image." + fact.getAnnotation(JsonTypeName.class).value();
            assertTrue(Work.METADATA.keys().contains(key), key);
        }
    }

    @Test
    void whatNoQueueIsBoundForIsKept() {
        var exchange = all("exchanges").stream().filter(e -> e.path("name").asText().equals(Topology.EXCHANGE)).findFirst().orElseThrow();
        assertEquals("topic", exchange.path("type").asText());
        assertTrue(exchange.path("durable").asBoolean());
        assertEquals(Topology.UNROUTED, argument(exchange, "alternate-exchange"));
    }

    private static void assertDeadLetters(String from, String to) {
        var queue = queues().get(from);
        assertEquals("", argument(queue, "x-dead-letter-exchange"), from);
        assertEquals(to, argument(queue, "x-dead-letter-routing-key"), from);
        assertEquals("at-least-once", argument(queue, "x-dead-letter-strategy"), from);
    }

    private static Set<String> bindings(String exchange) {
        return all("bindings").stream().filter(b -> b.path("source").asText().equals(exchange))
                .map(b -> b.path("routing_key").asText() + " -> " + b.path("destination").asText()).collect(Collectors.toSet());
    }

    private static Map<String, JsonNode> queues() {
        var queues = new HashMap<String, JsonNode>();
        all("queues").forEach(q -> queues.put(q.path("name").asText(), q));
        return queues;
    }

    private static List<JsonNode> all(String kind) {
        return StreamSupport.stream(definitions.path(kind).spliterator(), false).toList();
    }

    private static String argument(JsonNode of, String name) {
        return of.path("arguments").path(name).asText();
    }
}

package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.safelight.error.Fault;
import io.safelight.model.Json;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefinitionsTest {
    private final Definitions expected = Definitions.read(Path.of(""));
    private ObjectNode broker;

    @BeforeEach
    void asImported() throws Exception {
        broker = (ObjectNode) Json.MAPPER.readTree(Path.of(Definitions.FILE).toFile());
    }

    private List<String> differences() {
        return expected.differences(Definitions.of(broker)).stream().map(Object::toString).toList();
    }

    private JsonNode named(String kind, String name) {
        for (JsonNode entry : broker.path(kind)) {
            if (entry.path("name").asText().equals(name)) {
                return entry;
            }
        }
        throw new IllegalArgumentException(name);
    }

    private ObjectNode settings(String kind, String name, String field) {
        return (ObjectNode) named(kind, name).path(field);
    }

    @Test
    void whatIsTheSameDoesNotDifferWhateverThereIsBesides() {
        ((ArrayNode) broker.path("queues")).addObject().put("name", "somebody else's");
        ((ObjectNode) named("queues", "processing")).put("vhost", "another").put("messages", 7);
        assertEquals(List.of(), differences());
    }

    @Test
    void eachArgumentThatDiffersIsNamedWithBothValuesAndTheCommandThatMendsIt() {
        settings("queues", "processing.retry.1s", "arguments").put("x-message-ttl", 5_000);
        settings("queues", "processing", "arguments").remove("x-dead-letter-strategy");
        settings("queues", "moderation", "arguments").put("x-max-length", 10);
        ((ObjectNode) named("exchanges", "safelight")).put("type", "direct");
        assertEquals(List.of("exchange safelight has type direct, which should be topic: delete it while nothing publishes, then scripts/setup-rabbitmq (docs/production.md)",
                "queue moderation has x-max-length 10, which should not be set: ./safelight topology --recreate moderation",
                "queue processing has no x-dead-letter-strategy, which should be at-least-once: ./safelight topology --recreate processing",
                "queue processing.retry.1s has x-message-ttl 5000, which should be 1000: ./safelight topology --recreate processing.retry.1s"),
                differences().stream().sorted().toList());
    }

    @Test
    void whatIsMissingIsNamed() {
        broker.remove("policies");
        ((ArrayNode) broker.path("queues")).remove(0);
        ((ArrayNode) broker.path("bindings")).remove(0);
        assertEquals(List.of("queue processing is missing: scripts/setup-rabbitmq",
                "binding safelight -image.accepted-> processing is missing: scripts/setup-rabbitmq",
                "policy safelight-entrance is missing: scripts/setup-rabbitmq"), differences());
    }

    @Test
    void aPolicyThatDiffersCanBeToldFromWhatCorrectnessRestsOn() {
        settings("policies", "safelight-entrance", "definition").put("max-length", 10);
        var difference = expected.differences(Definitions.of(broker)).getFirst();
        assertTrue(difference.isPolicy());
        assertEquals("policy safelight-entrance has max-length 10, which should be 1000000: scripts/setup-rabbitmq", difference.toString());
    }

    @Test
    void aHomeWithoutTheFileIsNamed(@TempDir Path empty) {
        assertTrue(assertThrows(Fault.class, () -> Definitions.read(empty)).getMessage().contains(empty.resolve(Definitions.FILE).toString()));
    }
}

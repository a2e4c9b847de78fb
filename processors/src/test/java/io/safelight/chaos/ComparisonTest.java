package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.safelight.chaos.Ledger.Entry;
import io.safelight.chaos.Ledger.Kind;
import io.safelight.it.SafelightClient;
import io.safelight.model.Json;
import io.safelight.testing.Studio;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That each check of the comparison can fail: one good image and one poison that are as they should be, and then one thing is not. */
class ComparisonTest {
    private static final Instant DECIDED = Instant.parse("2026-03-01T12:00:10Z");
    private static final Instant PUBLISHED = DECIDED.plusMillis(20);
    private static final String ID = "01890000-0000-7000-8000-000000000001";
    private static final String POISON = UUID.nameUUIDFromBytes(new byte[] {1}).toString();

    private final Pictures pictures = new Pictures(7);
    private final int number = IntStream.range(0, 50).filter(n -> pictures.kind(n) == Kind.GOOD).findFirst().orElseThrow();
    private final Poison.Dose dose = Poison.dose(1, POISON);
    private final Map<String, Instant> seen = new HashMap<>(Map.of(ID, PUBLISHED.plusSeconds(1)));

    @TempDir
    Path folder;

    private HttpServer server;
    private Ledger ledger;
    private ObjectNode manifest;
    private ObjectNode row;
    private ObjectNode letter;
    private JsonNode audit;
    private JsonNode steps;

    private final class Still extends World {
        Still() {
            super(folder);
        }

        @Override
        SafelightClient client(String group) {
            return new SafelightClient(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
        }

        @Override
        String processOf(String group) {
            return group;
        }

        @Override
        List<Fault.Kind> kinds() {
            return List.of();
        }

        @Override
        Runnable begin(Fault fault) {
            throw new UnsupportedOperationException();
        }

        @Override
        String brokerUri() {
            throw new UnsupportedOperationException();
        }

        @Override
        Path buckets() {
            return folder.resolve("buckets");
        }

        @Override
        long messages() {
            return 0;
        }
    }

    @BeforeEach
    void asItShouldBe() throws IOException {
        byte[] small = {1, 2, 3};
        byte[] source = {4, 5, 6, 7};
        write(World.PRIVATE + "/raw/" + ID, pictures.bytes(number));
        write(World.PUBLIC + "/" + ID + "/small-1.jpg", small);
        write(World.PUBLIC + "/" + ID + "/source-1.jpg", source);
        manifest = tree("""
                {"v": 1, "id": "%s", "fence": 3, "publishedAt": "%s", "variants": [
                  {"name": "small", "format": "jpeg", "width": 32, "height": 24, "bytes": 3, "sha256": "%s", "key": "%s/small-1.jpg"},
                  {"name": "source", "format": "jpeg", "width": 64, "height": 48, "bytes": 4, "sha256": "%s", "key": "%s/source-1.jpg"}]}
                """.formatted(ID, PUBLISHED, Studio.sha256(small), ID, Studio.sha256(source), ID));
        row = tree("""
                {"id": "%s", "state": "published", "sha256": "%s", "publishedAt": "%s", "variants": [
                  {"name": "small", "format": "jpeg", "width": 32, "height": 24, "bytes": 3, "url": "/i/small"}]}
                """.formatted(ID, Studio.sha256(pictures.bytes(number)), PUBLISHED));
        letter = Json.MAPPER.createObjectNode().put("id", POISON).put("message", "The event " + dose.cause()).put("body", dose.body())
                .put("queue", dose.queue().queue()).put("trace", dose.trace()).put("attempts", 1).put("deaths", 1);
        audit = tree("{\"entries\": [{\"imageId\": \"%s\", \"action\": \"decided\", \"at\": \"%s\"}]}".formatted(ID, DECIDED));
        steps = tree("{\"entries\": [{\"name\": \"publish\", \"kind\": \"wait\"}, {\"name\": \"publish\", \"kind\": \"work\"}]}");
        ledger = new Ledger(folder.resolve("ledger.jsonl"));
        ledger.acknowledged(new Entry(Kind.GOOD, number, ID, DECIDED, DECIDED));
        ledger.acknowledged(new Entry(Kind.POISON, 1, POISON, DECIDED, DECIDED));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] answer = Json.MAPPER.writeValueAsBytes(answer(exchange.getRequestURI().getPath()));
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        server.stop(0);
        ledger.close();
    }

    private Object answer(String path) {
        return switch (path) {
            case "/api/images" -> Map.of("images", List.of(row));
            case "/api/dead-letters" -> Map.of("deadLetters", List.of(letter));
            case "/api/audit" -> audit;
            case "/api/images/" + ID + "/timeline" -> steps;
            default -> Map.of();
        };
    }

    private void write(String key, byte[] bytes) throws IOException {
        Path file = folder.resolve("buckets").resolve(key);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private static ObjectNode tree(String json) throws IOException {
        return (ObjectNode) Json.MAPPER.readTree(json);
    }

    private Comparison comparison() throws IOException {
        write(World.PUBLIC + "/" + ID + "/manifest.json", Json.MAPPER.writeValueAsBytes(manifest));
        return new Comparison(new Still(), pictures, ledger, seen);
    }

    /** Looks, and finds one thing. */
    private void assertFound(String what) throws IOException {
        List<String> findings = comparison().findings();
        assertEquals(1, findings.size(), findings::toString);
        assertTrue(findings.getFirst().contains(what), findings::toString);
    }

    @Test
    void nothingIsFoundWhereAllIsWell() throws IOException {
        Comparison comparison = comparison();
        assertEquals(List.of(), comparison.findings());
        assertEquals("seed=7 kills=0 acknowledged=2 published=1 rejected=0 dead=1 lost=0 duplicated=0 leaked=0", comparison.line(7));
        assertEquals("| 7 | 0 | 2 | 1 | 0 | 0 | 0 | 1 | 0 | 0 | 0 |", comparison.row("7"));
        assertEquals(Comparison.HEAD.chars().filter(c -> c == '|').count(), comparison.row("7").chars().filter(c -> c == '|').count());
    }

    @Test
    void anImageThatWasSeenBeforeItWasDecidedIsALeak() throws IOException {
        seen.put(ID, DECIDED.minusMillis(1));
        assertFound("leaked: " + ID + ": seen at");
    }

    @Test
    void unlessAFaultCutOffWhoHadClearedIt() throws IOException {
        manifest.put("publishedAt", DECIDED.minusSeconds(5).toString());
        row.put("publishedAt", DECIDED.minusSeconds(5).toString());
        seen.put(ID, DECIDED.minusSeconds(2));
        assertFound("leaked: " + ID + ": seen at");

        Instant now = Instant.now();
        manifest.put("publishedAt", now.minusSeconds(3).toString());
        row.put("publishedAt", now.minusSeconds(3).toString());
        seen.put(ID, now.minusSeconds(2));
        audit = tree("{\"entries\": [{\"imageId\": \"%s\", \"action\": \"decided\", \"at\": \"%s\"}]}".formatted(ID, now));
        ledger.over(new Fault(Fault.Kind.KILL, List.of("metadata"), Duration.ZERO, false));
        Comparison comparison = comparison();
        assertEquals(List.of(), comparison.findings());
        assertTrue(comparison.rest().contains("of them 1 before a decision"), comparison.rest());
    }

    @Test
    void anImageWithoutADecisionIsLost() throws IOException {
        audit = tree("{\"entries\": []}");
        seen.clear();
        assertFound("decided 0 times");
    }

    @Test
    void aManifestThatDoesNotFitItsRowIsFound() throws IOException {
        ((ObjectNode) manifest.at("/variants/0")).put("width", 33);
        assertFound("its row has");
    }

    @Test
    void aManifestOfNoDecisionIsFound() throws IOException {
        manifest.put("fence", 0);
        assertFound("has the fence 0");
    }

    @Test
    void aManifestOfAnotherTimeIsFound() throws IOException {
        row.put("publishedAt", PUBLISHED.plusSeconds(1).toString());
        assertFound("as its row says");
    }

    @Test
    void anImageThatWasPublishedTwiceIsFound() throws IOException {
        steps = tree("{\"entries\": [{\"name\": \"publish\", \"kind\": \"work\"}, {\"name\": \"publish\", \"kind\": \"work\"}]}");
        assertFound("published 2 times");
    }

    @Test
    void aDeadLetterOfAnotherTraceOrOfTooManyTriesIsFound() throws IOException {
        letter.put("trace", "0123456789abcdef0123456789abcdef");
        assertFound("its trace is");

        letter.put("trace", dose.trace()).put("attempts", 11);
        assertFound("11 attempts");

        letter.put("attempts", 1).put("deaths", 2);
        assertFound("2 deaths");
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.chaos.Link;
import io.safelight.it.SafelightClient.Part;
import io.safelight.it.TraceCollector.Span;
import io.safelight.model.Json;
import io.safelight.model.State;
import io.safelight.testing.Ports;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One image, in one process for each group that touches it: through a retry, the dead letters and a replay, to its first serve. */
class TracesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String WITHDRAWAL = "a3ce929d0e0e47364bf92f3577b34da6";
    /** Of the file, who sent it, what it says of who took it and where, and of those who decided; as they would stand in a line, a query or a span. */
    private static final List<String> PERSONAL = List.of("zoe-passport", "acme-7781", "Quillbrowser", "zoe@example.org", "Fotheringham", "SN8675309", "13' 57", "47.2325",
            "Quentin", "cousin", "lawyer");
    private static final String CALLER = "00f067aa0ba902b7";

    private static TraceCollector collector;
    private static Link wayToTheStore;
    private static Fleet fleet;

    @BeforeAll
    static void start() throws Exception {
        collector = new TraceCollector();
        int storePort = Ports.free();
        wayToTheStore = new Link(storePort);
        // the process of the store is the one that serves
        fleet = Fleet.start("traces", Map.of("store", told(Map.of("safelight.store.embedded-port", Integer.toString(storePort))),
                "ingress", told(Map.of("safelight.upload.account-header", "Account")), "moderation", told(Map.of()), "metadata", told(Map.of()),
                "processing", told(Map.of("safelight.store.endpoint", "http://127.0.0.1:" + wayToTheStore.port(), "safelight.broker.attempts", "2", "safelight.processing.keep-gps", "true"))));
    }

    private static Map<String, String> told(Map<String, String> own) {
        Map<String, String> settings = new TreeMap<>(own);
        settings.putAll(Map.of("safelight.logs.json", "true", "safelight.traces.endpoint", collector.address(), "safelight.traces.sampling", "1"));
        return settings;
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable part : new AutoCloseable[] {fleet, wayToTheStore, collector}) {
            if (part != null) {
                part.close();
            }
        }
    }

    @Test
    void oneTraceIsFoundInEveryProcessThatTouchedAnImageThroughARetryAndAReplay() {
        SafelightClient metadata = fleet.process("metadata").client();
        wayToTheStore.cut();
        SafelightClient ingress = fleet.process("ingress").client();
        var answer = ingress.upload(ingress.request("/upload").header("traceparent", "00-" + TRACE + "-" + CALLER + "-01")
                        .header("Account", "acme-7781").header("User-Agent", "Quillbrowser/47").header("Idempotency-Key", "zoe@example.org"),
                new Part("zoe-passport.jpg", "image/jpeg", TestImages.personal(TestImages.jpeg(1, 640, 480), "Zoe Fotheringham", "SN8675309", 47, 13, 57)));
        assertEquals(202, answer.statusCode(), SafelightClient.text(answer));
        String id = SafelightClient.json(answer).at("/images/0/id").asText();

        JsonNode letter = Awaitility.await("the dead letter").atMost(PATIENCE)
                .until(() -> metadata.getJson("/api/dead-letters").path("deadLetters").path(0), Predicate.not(JsonNode::isMissingNode));
        assertEquals(TRACE, letter.path("trace").asText());
        assertEquals(2, letter.path("attempts").asInt());

        wayToTheStore.mend();
        var replayed = metadata.send(metadata.request("/api/dead-letters/" + letter.path("id").asText() + "/replay").POST(HttpRequest.BodyPublishers.noBody()));
        assertEquals(200, replayed.statusCode(), SafelightClient.text(replayed));
        Awaitility.await("publication").atMost(PATIENCE).until(() -> metadata.image(id).path("state").asText().equals(State.PUBLISHED.slug()));
        assertEquals(200, fleet.store.client().serve(id, "medium", "image/jpeg").statusCode());

        assertLogged(fleet.process("ingress"), id, "ingress", "intake", "Accepted");
        assertLogged(fleet.process("processing"), id, "processing", "process-one", "Attempt 1 failed", "Dead letter", "Rendered");
        assertLogged(fleet.process("moderation"), id, "moderation", "scan", "Scanned");
        assertLogged(fleet.process("metadata"), id, "metadata", "keep-dead-letters", "Dead letter");
        assertLogged(fleet.process("metadata"), id, "metadata", "api-dead-letter-replay", "Replayed");
        assertLogged(fleet.process("metadata"), id, "metadata", "record-events", "Decided");
        assertLogged(fleet.store, id, "serving", "serve-image", "First served");

        Awaitility.await("spans").atMost(PATIENCE).untilAsserted(TracesIT::assertOneTree);
        handlePersonally(metadata, id);
        everything().forEach(told -> PERSONAL.forEach(word -> assertFalse(told.contains(word), () -> word + " in " + told)));
    }

    /** Looked for by its name, shown in the console, blocked by somebody for a reason, and withdrawn for another. */
    private static void handlePersonally(SafelightClient metadata, String id) {
        JsonNode found = metadata.getJson("/api/images?find=zoe-passport").at("/images/0");
        assertEquals(id, found.path("id").asText());
        assertTrue(Stream.of("Zoe Fotheringham", "47\u00b0 13' 57").allMatch(found.path("exif").toString()::contains), "there is something to be told: " + found);
        assertEquals(200, metadata.get("/?find=zoe-passport").statusCode());
        var judged = metadata.send(metadata.request("/api/review/" + id).header("User-Agent", "Quillbrowser/47").header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(
                "{\"decision\":\"block\",\"reason\":\"he is my cousin\",\"reviewer\":\"Quentin Moderator\"}")));
        assertEquals(200, judged.statusCode(), SafelightClient.text(judged));
        var withdrawn = metadata.send(metadata.request("/api/images/" + id + "?reason=her+lawyer+wrote&by=Quentin+Moderator").header("traceparent", "00-" + WITHDRAWAL + "-" + CALLER + "-01").DELETE());
        assertEquals(200, withdrawn.statusCode(), SafelightClient.text(withdrawn));
        Awaitility.await("the last span").atMost(PATIENCE).until(() -> collector.of(WITHDRAWAL).stream().anyMatch(span -> span.parent().equals(CALLER)));
    }

    /** The lines that begin so are of the trace, of the image, of their group and of a route; at least one of each is of the given route. */
    private static void assertLogged(SafelightProcess process, String image, String group, String route, String... beginnings) {
        List<JsonNode> lines = process.logLines().stream().filter(line -> line.startsWith("{")).map(TracesIT::json).filter(line -> line.at("/mdc/trace").asText().equals(TRACE)).toList();
        for (String beginning : beginnings) {
            List<JsonNode> found = lines.stream().filter(line -> line.path("message").asText().startsWith(beginning)).toList();
            assertTrue(!found.isEmpty(), () -> "no line '" + beginning + "' of the trace in " + process.log() + ", only " + lines);
            assertTrue(found.stream().allMatch(line -> line.at("/mdc/image").asText().equals(image)), found::toString);
            assertTrue(found.stream().allMatch(line -> line.at("/mdc/group").asText().equals(group) && line.path("groups").asText().equals(group)), found::toString);
            assertTrue(found.stream().anyMatch(line -> line.at("/mdc/route").asText().equals(route)), found::toString);
            assertTrue(found.stream().allMatch(line -> line.hasNonNull("timestamp") && line.hasNonNull("level") && line.hasNonNull("loggerName")), found::toString);
        }
    }

    private static JsonNode json(String line) {
        try {
            return Json.MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Below the caller's span hangs all but the first serve, which knows no more than the id. */
    private static void assertOneTree() {
        List<Span> spans = collector.of(TRACE);
        Map<String, Long> counts = spans.stream().map(span -> span.service().replace("safelight-", "") + " " + span.name())
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
        assertEquals(3, counts.getOrDefault("processing process", 0L), () -> "an attempt, another and the replay, of " + counts);
        assertTrue(counts.keySet().containsAll(Set.of("ingress POST /upload", "ingress store write", "ingress publish", "processing store read", "processing render",
                "processing publish", "moderation scan", "metadata record-events", "metadata keep-dead-letters", "metadata sql insert", "metadata store copy", "metadata publish",
                "serving first serve")), counts::toString);
        Set<String> ids = spans.stream().map(Span::id).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(List.of("POST /upload", "first serve"), spans.stream().filter(span -> !ids.contains(span.parent())).map(Span::name).sorted().toList());
        assertEquals(CALLER, spans.stream().filter(span -> span.name().equals("POST /upload")).findFirst().orElseThrow().parent());
    }

    private static Stream<String> everything() {
        return Stream.concat(Stream.concat(Fleet.GROUPS.stream().map(fleet::process), Stream.of(fleet.store)).flatMap(process -> process.logLines().stream()),
                collector.bodies().stream());
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.embedded.Amqp;
import io.safelight.embedded.TestS3;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.State;
import io.safelight.model.Topology.Work;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Server;
import io.safelight.store.Keys;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Damaged originals and an outage of the store, worked off by hand at a shell: on RabbitMQ, PostgreSQL and an S3 service, with what
 * processes in one process and what takes in, decides and serves in another.
 */
class DeadLettersIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PRIVATE = "safelight-private";
    private static final String FAULT = "io.safelight.error.Fault";
    private static final String CUT_OFF = "software.amazon.awssdk.core.exception.SdkClientException";
    private static final int DAMAGED = 20;
    private static final int UNLUCKY = 5;

    private static RabbitMqServer broker;
    private static PostgresServer database;
    private static S3Server store;
    private static SafelightProcess worker;
    private static SafelightProcess front;
    private static SafelightClient client;

    @BeforeAll
    static void start() throws Exception {
        broker = RabbitMqServer.start();
        database = PostgresServer.start();
        store = S3Server.start();
        broker.setUp("/");
        worker = SafelightProcess.prepare("dead-letters-worker", settings("processing,moderation",
                // one retry and no more, so that a dead letter can be waited for
                Map.of("safelight.broker.attempts", "2")));
        front = SafelightProcess.prepare("dead-letters-front", settings("ingress,metadata,serving", Map.of("safelight.sftp.uri", "off",
                "safelight.database.url", database.url(), "safelight.database.username", database.username())));
        Stream.of(worker, front).forEach(SafelightProcess::launch);
        Stream.of(worker, front).forEach(SafelightProcess::awaitReady);
        client = front.client();
    }

    @AfterAll
    static void stop() throws Exception {
        Stream.of(worker, front).filter(process -> process != null && process.isStarted()).forEach(SafelightProcess::close);
        for (AutoCloseable server : new AutoCloseable[] {store, database, broker}) {
            if (server != null) {
                server.close();
            }
        }
    }

    private static Map<String, String> settings(String groups, Map<String, String> own) {
        Map<String, String> settings = new TreeMap<>(store.settings());
        settings.put("safelight.groups", groups);
        settings.put("safelight.broker.uri", broker.uri());
        settings.put("JAVA_OPTS", "-Xmx200m -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
        settings.putAll(own);
        return settings;
    }

    private record Shell(int status, String said) {}

    private static Shell shell(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes());
        return new Shell(process.waitFor(), said);
    }

    private static Shell dlq(String command, String... words) throws IOException, InterruptedException {
        return shell(Stream.concat(Stream.of("./safelight", "dlq", command, "--url", front.address().toString()), Stream.of(words)).toList(), Map.of("USER", "mo"));
    }

    private static String done(String command, String... words) throws IOException, InterruptedException {
        Shell shell = dlq(command, words);
        assertEquals(0, shell.status(), shell::said);
        return shell.said();
    }

    @Test
    void twentyDamagedOriginalsAreDiscardedAndFiveThatMetAnOutageArePublishedOnce() throws Exception {
        Set<String> traces = new TreeSet<>();
        List<String> damaged = publishDamaged(traces);
        Awaitility.await().atMost(PATIENCE).until(() -> letters("").size() == DAMAGED);
        List<String> unlucky = outage(traces);
        Awaitility.await().atMost(PATIENCE).until(() -> letters("").size() == DAMAGED + UNLUCKY);

        // what happened, in two groups
        Map<String, JsonNode> groups = groups();
        assertEquals(Map.of(FAULT, DAMAGED, CUT_OFF, UNLUCKY),
                groups.values().stream().collect(Collectors.toMap(g -> g.path("cause").asText(), g -> g.path("count").asInt())), groups::toString);
        String fault = groupOf(FAULT);
        String outage = groupOf(CUT_OFF);
        assertEquals(traces, traces(letters("")));
        letters("").forEach(letter -> assertEquals(letter.path("trace"), letter.at("/headers/trace"), letter::toString));
        assertMetric("dead_letters_open{cause=\"Fault\",queue=\"processing\"}", DAMAGED);
        assertMetric("dead_letters_open{cause=\"SdkClientException\",queue=\"processing\"}", UNLUCKY);
        String listed = done("list");
        assertTrue(listed.matches("(?s)GROUP +OPEN +QUEUE +CAUSE +OLDEST +MESSAGE\n.*") && listed.lines().count() == 3, listed);
        assertTrue(listed.lines().anyMatch(line -> line.matches(fault + " +20 +processing +Fault +[0-9]+ (s|min) +The object raw/.*")), listed);

        // the outage is over
        String replayed = done("replay", "--group", outage);
        assertTrue(replayed.endsWith(UNLUCKY + " replayed.\n"), replayed);
        assertTrue(done("replay", "--group", outage).endsWith("0 replayed.\n"), "a second time there is nothing to do");
        for (String id : unlucky) {
            client.awaitState(id, State.PUBLISHED);
        }
        String again = letters("&group=" + outage).getFirst().path("id").asText();
        assertEquals(again + " replayed\n", done("replay", again), "one that is named is replayed again");
        Awaitility.await().atMost(PATIENCE).until(() -> Stream.of(Work.values()).allMatch(work -> ready(work.queue()) == 0));
        for (String id : unlucky) {
            assertEquals(List.of("decided"), client.getJson("/api/audit?image=" + id).path("entries").findValuesAsText("action"));
            assertTrue(traces.contains(client.getJson("/api/images/" + id + "/timeline").path("trace").asText()));
            assertEquals(200, client.serve(id, "medium", "image/jpeg").statusCode());
        }

        // what is damaged is no better for a replay
        assertTrue(done("replay", "--group", fault).endsWith(DAMAGED + " replayed.\n"));
        Awaitility.await().atMost(PATIENCE).until(() -> letters("&state=open&group=" + fault).stream().filter(l -> l.path("deaths").asInt() == 2).count() == DAMAGED);
        assertEquals(2, groups().size(), "the same failure at the same place");
        assertEquals(traces, traces(letters("")));
        letters("").forEach(letter -> assertEquals(letter.path("trace"), letter.at("/headers/trace"), letter::toString));
        damaged.forEach(id -> assertEquals("failed", client.image(id).path("state").asText()));

        // and is given up
        String id = letters("&group=" + fault).getFirst().path("id").asText();
        String shown = done("show", id);
        assertTrue(shown.contains("was changed or damaged in the store") && shown.contains("headers      trace: "), shown);
        assertEquals(2, dlq("discard", "--group", fault).status(), "a reason is wanted");
        assertEquals(1, dlq("show", "none").status());
        assertEquals(1, dlq("list", "--url", "http://127.0.0.1:1").status());
        String discarded = done("discard", "--group", fault, "--reason", "the \"camera\" lost them");
        assertTrue(discarded.endsWith(DAMAGED + " discarded.\n"), discarded);
        assertEquals("There are no open dead letters.\n", done("list"));
        for (String image : damaged) {
            assertEquals("Discarded by mo: the \"camera\" lost them", client.image(image).path("reason").asText());
            JsonNode entry = client.getJson("/api/audit?image=" + image).at("/entries/0");
            assertEquals("discarded mo the \"camera\" lost them", "%s %s %s".formatted(entry.path("action").asText(), entry.path("actor").asText(), entry.path("reason").asText()));
        }
        assertMetric("dead_letters_discarded_total", DAMAGED);
        assertMetric("dead_letters_replayed_total", UNLUCKY + 1 + DAMAGED);
        Awaitility.await().atMost(PATIENCE).until(() -> !metrics().contains("dead_letters_open{"));
    }

    /** Announces originals of which other bytes are in the store than were announced. @return ids of the images */
    private static List<String> publishDamaged(Set<String> traces) throws Exception {
        List<String> ids = new ArrayList<>();
        try (var ingress = TestS3.client(store.settings(), "ingress"); var amqp = new Amqp(broker.uri())) {
            for (int i = 0; i < DAMAGED; i++) {
                UUID id = Ids.timeOrdered();
                String trace = trace();
                byte[] bytes = TestImages.jpeg(i, 96, 64);
                ingress.putObject(r -> r.bucket(PRIVATE).key(Keys.raw(id)), RequestBody.fromBytes(bytes));
                Event event = Event.of(id, trace, new Fact.Accepted("a.jpg", "http", Format.JPEG, bytes.length, 96, 64, false, null), null)
                        .withObject(Keys.raw(id), "%064x".formatted(i));
                amqp.channel.basicPublish("", Work.PROCESSING.queue(), new BasicProperties.Builder().deliveryMode(2).contentType("application/json")
                        .messageId(UUID.randomUUID().toString()).headers(new HashMap<>(Map.of("trace", trace))).build(), Json.MAPPER.writeValueAsBytes(event));
                ids.add(id.toString());
                traces.add(trace);
            }
            amqp.channel.waitForConfirmsOrDie(Amqp.PATIENCE.toMillis());
        }
        return ids;
    }

    /** Uploads images whose processing meets no store, as often as it may be tried. @return their ids */
    private static List<String> outage(Set<String> traces) throws Exception {
        List<String> ids = new ArrayList<>();
        long before = deaths();
        try (var still = new Still(worker.pid())) {
            for (int i = 0; i < UNLUCKY; i++) {
                String trace = trace();
                var response = client.send(client.request("/upload").header("Content-Type", "image/jpeg").header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                        .POST(BodyPublishers.ofByteArray(TestImages.jpeg(100 + i, 96, 64))));
                assertEquals(202, response.statusCode(), SafelightClient.text(response));
                ids.add(SafelightClient.json(response).at("/images/0/id").asText());
                traces.add(trace);
            }
            store.pause();
        }
        try {
            Awaitility.await("the last attempts").atMost(PATIENCE).until(() -> deaths() - before == UNLUCKY);
        } finally {
            store.resume();
        }
        return ids;
    }

    private static String trace() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static long deaths() {
        return worker.logLines().stream().filter(line -> line.contains("Failures] Dead letter")).count();
    }

    private static long ready(String queue) {
        try (var amqp = new Amqp(broker.uri())) {
            return amqp.ready(queue);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, JsonNode> groups() {
        return StreamSupport.stream(client.getJson("/api/dead-letter-groups").path("groups").spliterator(), false)
                .collect(Collectors.toMap(g -> g.path("group").asText(), g -> g));
    }

    private static String groupOf(String cause) {
        return groups().values().stream().filter(g -> g.path("cause").asText().equals(cause)).findFirst().orElseThrow().path("group").asText();
    }

    private static List<JsonNode> letters(String query) {
        return StreamSupport.stream(client.getJson("/api/dead-letters?limit=200" + query).path("deadLetters").spliterator(), false).toList();
    }

    private static Set<String> traces(List<JsonNode> letters) {
        return letters.stream().map(letter -> letter.path("trace").asText()).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String metrics() {
        return SafelightClient.text(client.get("/q/metrics"));
    }

    private static void assertMetric(String series, int value) {
        Awaitility.await(series).atMost(PATIENCE).until(() -> metrics().lines().anyMatch(line -> line.equals(series + " " + (double) value)));
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.embedded.Amqp;
import io.safelight.embedded.TestS3;
import io.safelight.it.SafelightClient.Part;
import io.safelight.model.Format;
import io.safelight.model.State;
import io.safelight.model.Topology;
import io.safelight.model.Topology.Work;
import io.safelight.serve.Links;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Server;
import io.safelight.servers.SftpServer;
import io.safelight.testing.SharedData;
import io.safelight.testing.Studio;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The routes that run in one process elsewhere, here with one group a process, on RabbitMQ, PostgreSQL, an S3 service with an
 * identity for each group and an SFTP server: by configuration alone. Each process is given what its group may reach and no more.
 */
class SeparateProcessesIT {
    private static final List<String> GROUPS = List.of("ingress", "processing", "moderation", "metadata", "serving", "classify", "lifecycle");
    private static final List<String> SIGNING_KEYS = List.of("spring:a secret of spring 2026", "winter:a secret of winter 2025");
    private static final Map<Format, String> TYPES = Map.of(Format.AVIF, "image/avif", Format.WEBP, "image/webp", Format.JPEG, "image/jpeg");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PRIVATE = "safelight-private";
    private static final String PUBLIC = "safelight-public";

    private static final Map<String, SafelightProcess> running = new LinkedHashMap<>();
    private static final Map<String, String> brokerUris = new TreeMap<>();
    private static RabbitMqServer broker;
    private static PostgresServer database;
    private static S3Server store;
    private static SftpServer partner;
    private static int pictures = 1;

    @BeforeAll
    static void start() throws Exception {
        broker = RabbitMqServer.start();
        database = PostgresServer.start();
        store = S3Server.start();
        partner = SftpServer.start();
        broker.setUp("/");
        brokerUris.putAll(broker.addUsers());
        for (String group : GROUPS) {
            running.put(group, SafelightProcess.prepare("separate-" + group, settings(group)));
        }
        running.values().forEach(SafelightProcess::launch);
        running.values().forEach(SafelightProcess::awaitReady);
    }

    @AfterAll
    static void stop() throws Exception {
        running.values().stream().filter(SafelightProcess::isStarted).forEach(SafelightProcess::close);
        for (AutoCloseable server : new AutoCloseable[] {partner, store, database, broker}) {
            if (server != null) {
                server.close();
            }
        }
    }

    @AfterEach
    void nobodyDied() {
        running.forEach((group, process) -> assertTrue(process.isAlive(), group + " ended; its log is " + process.log()));
    }

    /** What the deployment of one group is told. */
    private static Map<String, String> settings(String group) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("safelight.groups", group);
        settings.put("JAVA_OPTS", "-Xmx160m -XX:+UseSerialGC -XX:TieredStopAtLevel=1");
        if (brokerUris.containsKey(group)) {
            settings.put("safelight.broker.uri", brokerUris.get(group));
            settings.put("safelight.broker.management-url", "http://127.0.0.1:" + broker.managementPort());
        }
        if (!group.equals("classify")) {
            settings.putAll(storeOf(group));
        }
        switch (group) {
            case "ingress" -> {
                settings.putAll(partner.settings());
                settings.put("safelight.sftp.delay", "500ms");
            }
            // one retry and no more, so that a dead letter can be waited for
            case "moderation" -> settings.putAll(Map.of("safelight.broker.attempts", "2", "safelight.moderation.batch-size", "16"));
            case "metadata" -> {
                settings.put("safelight.database.url", database.url());
                settings.put("safelight.database.username", database.username());
                settings.put("safelight.serving.keys", String.join(",", SIGNING_KEYS));
            }
            case "serving" -> settings.put("safelight.serving.keys", String.join(",", SIGNING_KEYS));
            case "lifecycle" -> settings.putAll(Map.of("safelight.lifecycle.metadata-url", running.get("metadata").address().toString(),
                    "safelight.lifecycle.every", "2s", "safelight.lifecycle.staging-life", "1s", "safelight.lifecycle.incoming-life", "1s"));
            default -> { }
        }
        return settings;
    }

    private static Map<String, String> storeOf(String group) {
        Map<String, String> all = store.settings();
        Map<String, String> own = new TreeMap<>(Map.of("safelight.store.endpoint", all.get("safelight.store.endpoint")));
        for (String half : List.of("access-key", "secret-key")) {
            String key = "safelight.store.identities." + group + "." + half;
            own.put(key, all.get(key));
        }
        return own;
    }

    // what it is for

    @Test
    void uploadsOfEveryKindAreServedInEveryFormat() throws Exception {
        var raw = client("ingress").uploadRaw(picture(), "image/jpeg");
        assertEquals(202, raw.statusCode(), SafelightClient.text(raw));
        var form = client("ingress").upload(new Part("one.jpg", "image/jpeg", picture()), new Part("two.png", "image/png", TestImages.png(pictures++, 640, 480)));
        assertEquals(202, form.statusCode(), SafelightClient.text(form));
        byte[] dropped = picture();
        partner.put(Map.of("dropped.jpg", dropped));
        List<String> ids = new ArrayList<>(ids(raw));
        ids.addAll(ids(form));
        assertEquals(3, ids.size());
        ids.add(awaitBytes(dropped));
        for (String id : ids) {
            assertServed(published(id));
            assertEquals(List.of(), deadLettersOf(id));
        }
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(partner.root().resolve(".done/dropped.jpg")));
    }

    @Test
    void linksAreSignedAndNoOthersWork() {
        String id = accepted();
        String url = link(published(id), "medium", Format.JPEG);
        assertEquals(200, client("serving").get(url).statusCode());
        assertProblem(403, "bad-signature", client("serving").get(url.substring(0, url.indexOf('?'))));
        assertProblem(403, "bad-signature", client("serving").get(url.replace("/medium", "/large")));
        assertProblem(403, "bad-signature", client("serving").get(signed(id, Duration.ofSeconds(-2))));
        var rotated = new Links(List.of(SIGNING_KEYS.getLast()), Duration.ofMinutes(1)).url(UUID.fromString(id), "medium", Format.JPEG);
        assertEquals(200, client("serving").get(rotated).statusCode(), "the older key still verifies");
    }

    @Test
    void anExplicitImageIsBlockedAndNeverServed() throws Exception {
        byte[] explicit = Files.readAllBytes(SharedData.path("models/flagged-synthetic.png"));
        String id = client("ingress").accepted("flagged.png", explicit);
        client("metadata").awaitState(id, State.BLOCKED);
        assertProblem(404, "not-found", client("serving").get(signed(id)));
    }

    @Test
    void aWithdrawnImageIsGone() {
        String id = accepted();
        String url = link(published(id), "medium", Format.JPEG);
        assertEquals(200, client("serving").get(url).statusCode());
        var withdrawn = client("metadata").send(client("metadata").request("/api/images/" + id).DELETE());
        assertEquals(200, withdrawn.statusCode(), SafelightClient.text(withdrawn));
        // the manifest is believed for a second
        Awaitility.await().atMost(PATIENCE).until(() -> client("serving").get(url).statusCode() != 200);
        assertProblem(410, "withdrawn", client("serving").get(url));
    }

    @Test
    void whatWasWrittenAfterAWithdrawalIsSweptByLifecycle() {
        String id = accepted();
        published(id);
        client("metadata").send(client("metadata").request("/api/images/" + id).DELETE());
        String late = "master/" + id;
        try (var worker = s3("processing"); var metadata = s3("metadata")) {
            worker.putObject(r -> r.bucket(PRIVATE).key(late), RequestBody.fromString("made by a worker who had not heard of it"));
            Awaitility.await().atMost(PATIENCE).until(() -> metadata.listObjectsV2(r -> r.bucket(PRIVATE).prefix(late)).contents().isEmpty());
        }
    }

    @Test
    void photographsArePublishedWhicheverWayTheyCome() throws Exception {
        List<Path> photos = SharedData.files("photos").stream().filter(p -> p.toString().matches(".*\\.(jpe?g|png)")).toList();
        assertEquals(18, photos.size());
        Map<String, byte[]> drop = new TreeMap<>();
        for (Path photo : photos) {
            drop.put(photo.getFileName().toString(), Files.readAllBytes(photo));
        }
        List<String> ids = new ArrayList<>();
        drop.forEach((name, bytes) -> ids.add(client("ingress").accepted(name, bytes)));
        partner.put(drop);
        for (String name : drop.keySet()) {
            Awaitility.await(name).atMost(PATIENCE).until(() -> Files.exists(partner.root().resolve(".done").resolve(name)));
        }
        for (String id : ids) {
            assertServed(published(id));
        }
        for (byte[] bytes : drop.values()) {
            Awaitility.await().atMost(PATIENCE).until(() -> withBytes(bytes).stream().filter(i -> i.path("state").asText().equals("published")).count() == 2);
        }
        assertFalse(Files.exists(partner.root().resolve(".failed")));
        for (String id : ids) {
            assertEquals(List.of(), deadLettersOf(id));
        }
    }

    @Test
    void oneImageIsClassifiedByAProcessThatReachesNoServer() {
        var labels = SafelightClient.json(client("classify").send(client("classify").request("/classify").header("Content-Type", "image/jpeg")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(picture())))).path("labels");
        double sum = StreamSupport.stream(labels.spliterator(), false).mapToDouble(JsonNode::asDouble).sum();
        assertEquals(1, sum, 0.01, labels::toString);
    }

    // who may reach what

    @Test
    void noProcessKnowsASecretOfAnother() throws Exception {
        for (String group : GROUPS) {
            String environment = Files.readString(Path.of("/proc", String.valueOf(running.get(group).pid()), "environ"));
            for (String other : GROUPS) {
                String secret = store.settings().get("safelight.store.identities." + other + ".secret-key");
                if (secret != null) {
                    assertEquals(group.equals(other), environment.contains(secret), group + " knows the secret key of " + other);
                }
            }
            assertEquals(group.equals("metadata"), environment.contains(database.url()), group + " knows the database");
            assertEquals(brokerUris.containsKey(group), environment.contains("amqp://"), group + " knows the broker");
        }
    }

    @Test
    void onlyTheGroupsThatWorkWithMessagesAreConnectedToTheBroker() throws Exception {
        published(accepted());
        String connections = broker.control("list_connections", "client_properties");
        for (String group : List.of("ingress", "processing", "moderation", "metadata")) {
            assertTrue(connections.contains("safelight " + group), group + " is not among " + connections);
        }
        for (String group : List.of("serving", "classify")) {
            assertFalse(connections.contains("safelight " + group), connections);
        }
    }

    @Test
    void eachIdentityHasTheRightsOfItsGroupAndNoOthers() {
        String id = accepted();
        String variant = published(id).at("/variants/0/url").asText();
        assertEquals(200, client("serving").get(variant).statusCode());
        try (var metadata = s3("metadata"); var serving = s3("serving"); var moderation = s3("moderation");
             var ingress = s3("ingress"); var processing = s3("processing"); var lifecycle = s3("lifecycle")) {
            assertTrue(size(metadata, PRIVATE, "raw/" + id) > 0);
            assertTrue(size(moderation, PRIVATE, "master/" + id) > 0);
            assertTrue(size(serving, PUBLIC, id + "/manifest.json") > 0);
            assertForbidden(() -> size(serving, PRIVATE, "raw/" + id));
            assertForbidden(() -> size(serving, PRIVATE, "master/" + id));
            assertForbidden(() -> serving.putObject(r -> r.bucket(PUBLIC).key(id + "/mine"), RequestBody.fromString("x")));
            assertForbidden(() -> serving.deleteObject(r -> r.bucket(PUBLIC).key(id + "/manifest.json")));
            assertForbidden(() -> size(moderation, PRIVATE, "raw/" + id));
            assertForbidden(() -> moderation.putObject(r -> r.bucket(PRIVATE).key("master/" + id), RequestBody.fromString("x")));
            assertForbidden(() -> size(ingress, PRIVATE, "master/" + id));
            assertForbidden(() -> ingress.putObject(r -> r.bucket(PUBLIC).key(id + "/mine"), RequestBody.fromString("x")));
            assertForbidden(() -> processing.putObject(r -> r.bucket(PUBLIC).key(id + "/mine"), RequestBody.fromString("x")));
            assertForbidden(() -> size(lifecycle, PRIVATE, "raw/" + id));
        }
    }

    // what may be away

    @Test
    void withoutTheDatabaseUploadsAreTakenAndImagesServedAndAllOfThemPublishedLater() throws Exception {
        String url = link(published(accepted()), "medium", Format.JPEG);
        List<String> taken = new ArrayList<>();
        database.pause();
        try {
            for (int i = 0; i < 3; i++) {
                taken.add(accepted());
            }
            assertEquals(200, client("serving").get(url).statusCode());
            for (String id : taken) {
                assertProblem(404, "not-found", client("serving").get(signed(id)));
            }
            assertProblem(503, "unavailable", client("metadata").get("/api/images"));
            assertHealth("metadata");
        } finally {
            database.resume();
        }
        running.get("metadata").awaitReady();
        for (String id : taken) {
            assertServed(published(id));
            assertEquals(List.of(), deadLettersOf(id));
        }
    }

    @Test
    void withoutModerationNothingIsServedUntilItIsBack() throws Exception {
        running.get("moderation").stop();
        List<String> ids = new ArrayList<>();
        try {
            ids.add(accepted());
            byte[] dropped = picture();
            partner.put(Map.of("while-moderation-is-away.jpg", dropped));
            ids.add(awaitBytes(dropped));
            for (String id : ids) {
                client("metadata").awaitState(id, State.RENDERED);
                assertProblem(404, "not-found", client("serving").get(signed(id)));
            }
        } finally {
            running.get("moderation").restart();
        }
        for (String id : ids) {
            assertServed(published(id));
        }
    }

    @Test
    void ofABatchWithACorruptImageAllOthersAreDecidedAndItIsKeptWithItsCause() {
        running.get("moderation").stop();
        List<String> ids = new ArrayList<>();
        try (S3Client processing = s3("processing")) {
            for (int i = 0; i < 40; i++) {
                ids.add(client("ingress").accepted("picture.jpg", TestImages.jpeg(pictures++, 96, 64)));
            }
            ids.forEach(id -> client("metadata").awaitState(id, State.RENDERED));
            processing.putObject(r -> r.bucket(PRIVATE).key("master/" + ids.get(17)), RequestBody.fromString("no picture any more"));
        } finally {
            running.get("moderation").restart();
        }
        String corrupt = ids.remove(17);
        ids.forEach(SeparateProcessesIT::published);
        Awaitility.await("the dead letter").atMost(PATIENCE).until(() -> deadLettersOf(corrupt).size() == 1);
        assertTrue(deadLettersOf(corrupt).getFirst().path("message").asText().contains("was changed or damaged in the store"));
        assertProblem(404, "not-found", client("serving").get(signed(corrupt)));
    }

    @Test
    void aModelThatIsKilledAmidItsBatchesMissesNoVerdictAndTellsNoneTwice() {
        running.get("moderation").stop();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            ids.add(client("ingress").accepted("picture.jpg", TestImages.jpeg(pictures++, 96, 64)));
        }
        ids.forEach(id -> client("metadata").awaitState(id, State.RENDERED));
        running.get("moderation").restart();
        Awaitility.await("the first verdict").atMost(PATIENCE).pollInterval(Duration.ofMillis(20))
                .until(() -> ids.stream().anyMatch(id -> client("metadata").image(id).at("/moderation/decision").isTextual()));
        running.get("moderation").kill9();
        running.get("moderation").restart();
        for (String id : ids) {
            published(id);
            assertEquals(List.of("decided"), client("metadata").getJson("/api/audit?image=" + id).path("entries").findValuesAsText("action"));
            assertEquals(List.of(), deadLettersOf(id));
        }
    }

    @Test
    void withoutTheBrokerUploadsAreRefusedAndNothingThatWasAcknowledgedIsLost() throws Exception {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            taken.add(accepted());
        }
        broker.pause();
        try {
            var refused = client("ingress").uploadRaw(picture(), "image/jpeg");
            assertProblem(503, "unavailable", refused);
            assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
            assertHealth("ingress", "processing", "moderation", "metadata", "lifecycle");
        } finally {
            broker.resume();
        }
        running.values().forEach(SafelightProcess::awaitReady);
        taken.add(accepted());
        for (String id : taken) {
            assertServed(published(id));
            assertEquals(List.of(), deadLettersOf(id));
        }
    }

    @Test
    void workThatMeetsAnUnreachableStoreComesBackThroughTheRetryQueueAndIsDone() throws Exception {
        String id;
        try (var amqp = new Amqp(broker.uri()); var still = new Still(running.get("processing").pid())) {
            id = accepted();
            store.pause();
            still.close();
            Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> waiting(amqp, Work.PROCESSING) > 0);
            var refused = client("ingress").uploadRaw(picture(), "image/jpeg");
            assertProblem(503, "unavailable", refused);
            assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
        } finally {
            store.resume();
        }
        assertServed(published(id));
        assertEquals(List.of(), deadLettersOf(id));
    }

    /** Messages that wait to be tried again. */
    private static long waiting(Amqp amqp, Work work) throws Exception {
        long waiting = 0;
        for (Topology.Retry retry : work.retries()) {
            waiting += amqp.ready(retry.queue());
        }
        return waiting;
    }

    // what cannot be done

    @Test
    void aMessageThatRanOutOfAttemptsIsReplayedAndPublished() throws Exception {
        String id;
        try (var still = new Still(running.get("moderation").pid())) {
            id = accepted();
            client("metadata").awaitState(id, State.RENDERED);
            store.pause();
            still.close();
            client("metadata").awaitState(id, State.FAILED);
        } finally {
            store.resume();
        }
        JsonNode letter = deadLettersOf(id).getFirst();
        assertEquals("moderation", letter.path("queue").asText());
        assertEquals(2, letter.path("attempts").asInt());
        assertEquals(id, body(letter).path("id").asText());
        assertEquals("rendered", body(letter).at("/fact/kind").asText());
        replay(letter);
        assertServed(published(id));
        assertFalse(deadLettersOf(id).getFirst().path("replayedAt").isNull());
    }

    @Test
    void poisonIsKeptWithItsCauseAndIsPoisonAgainWhenReplayed() throws Exception {
        String poison = "no event " + UUID.randomUUID();
        try (var amqp = new Amqp(broker.uri())) {
            amqp.publish("", Work.PROCESSING.queue(), poison);
        }
        Predicate<JsonNode> ours = letter -> letter.path("body").asText().equals(poison);
        JsonNode letter = Awaitility.await().atMost(PATIENCE).until(() -> deadLetters(ours), found -> !found.isEmpty()).getFirst();
        assertEquals("processing", letter.path("queue").asText());
        assertEquals("io.safelight.error.Fault", letter.path("cause").asText());
        assertTrue(letter.path("message").asText().contains("not an event of the contract"), letter::toString);
        replay(letter);
        Instant before = Instant.parse(letter.path("last").asText());
        JsonNode again = Awaitility.await().atMost(PATIENCE).until(() -> deadLetters(ours).getFirst(),
                now -> Instant.parse(now.path("last").asText()).isAfter(before));
        assertEquals(letter.path("id"), again.path("id"));
        assertTrue(again.path("replayedAt").isNull(), "a failure after the replay opens it again: " + again);
        assertEquals(1, deadLetters(ours).size());
    }

    @Test
    void anEventThatNoQueueIsBoundForIsADeadLetterOfItsOwnCause() throws Exception {
        String stranger = "stranger " + UUID.randomUUID();
        try (var amqp = new Amqp(broker.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.to-come", stranger);
        }
        JsonNode letter = Awaitility.await().atMost(PATIENCE).until(() -> deadLetters(one -> one.path("body").asText().equals(stranger)), found -> !found.isEmpty()).getFirst();
        assertEquals("unrouted", letter.path("cause").asText());
        assertTrue(letter.path("message").asText().contains("image.to-come"), letter::toString);
    }

    // what is set up wrongly

    @Test
    void whatIsSetUpWronglyIsSaid() throws Exception {
        broker.control("add_vhost", "bare");
        broker.control("set_permissions", "-p", "bare", "guest", ".*", ".*", ".*");
        var noDatabase = wrong("metadata", "safelight.database.url", "jdbc:postgresql://127.0.0.1:1/safelight");
        var noQueues = wrong("ingress", "safelight.broker.uri", broker.uri() + "/bare", "safelight.sftp.uri", "off");
        var noIdentity = wrong("serving", "safelight.store.identities.serving.access-key", null, "safelight.store.identities.serving.secret-key", null);
        try (noDatabase; noQueues; noIdentity) {
            assertEnds(noDatabase, "The database at jdbc:postgresql://127.0.0.1:1/safelight cannot be reached");
            assertEnds(noIdentity, "The group serving has no identity at the object store: set safelight.store.identities.serving.access-key");
            awaitLine(noQueues, "Safelight is ready");
            assertEquals(503, noQueues.client().get("/q/health/ready").statusCode());
            awaitLine(noQueues, "The broker is not as config/rabbitmq-definitions.json says");
            awaitLine(noQueues, "exchange safelight is missing: scripts/setup-rabbitmq");
            String health = SafelightClient.text(noQueues.client().get("/q/health/ready"));
            assertTrue(health.contains("queue safelight.unrouted is missing: scripts/setup-rabbitmq"), health);
            broker.setUp("bare");
            noQueues.awaitReady();
            assertEquals(202, noQueues.client().uploadRaw(picture(), "image/jpeg").statusCode());
        }
    }

    private static SafelightProcess wrong(String group, String... changes) {
        Map<String, String> settings = new TreeMap<>(settings(group));
        for (int i = 0; i < changes.length; i += 2) {
            if (changes[i + 1] == null) {
                settings.remove(changes[i]);
            } else {
                settings.put(changes[i], changes[i + 1]);
            }
        }
        var process = SafelightProcess.prepare("separate-wrong-" + group, settings);
        process.launch();
        return process;
    }

    private static void assertEnds(SafelightProcess process, String words) {
        Awaitility.await("end of the process; its log is " + process.log()).atMost(PATIENCE).until(() -> !process.isAlive());
        List<String> said = process.logLines().stream().filter(line -> line.startsWith("safelight: ")).toList();
        assertEquals(1, said.size(), said::toString);
        assertTrue(said.getFirst().contains(words), said::toString);
    }

    private static void awaitLine(SafelightProcess process, String words) {
        Awaitility.await("'" + words + "' in " + process.log()).atMost(PATIENCE).until(() -> process.logLines().stream().anyMatch(line -> line.contains(words)));
    }

    private static SafelightClient client(String group) {
        return running.get(group).client();
    }

    private static S3Client s3(String group) {
        return TestS3.client(store.settings(), group);
    }

    private static long size(S3Client s3, String bucket, String key) {
        return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray().length;
    }

    private static void assertForbidden(Executable call) {
        assertEquals(403, assertThrows(S3Exception.class, call).statusCode());
    }

    /** Each another one, so that none is a repeat of one that was withdrawn. */
    private static byte[] picture() {
        return TestImages.jpeg(pictures++, 640, 480);
    }

    private static String accepted() {
        return client("ingress").accepted("picture.jpg", picture());
    }

    private static JsonNode published(String id) {
        return client("metadata").awaitState(id, State.PUBLISHED);
    }

    private static List<String> ids(HttpResponse<byte[]> receipts) {
        return SafelightClient.json(receipts).path("images").findValuesAsText("id");
    }

    private static List<JsonNode> withBytes(byte[] original) {
        String wanted = Studio.sha256(original);
        return StreamSupport.stream(client("metadata").getJson("/api/images?limit=200").path("images").spliterator(), false)
                .filter(image -> image.path("sha256").asText().equals(wanted)).toList();
    }

    /** The id of an image that came some other way than by us. */
    private static String awaitBytes(byte[] original) {
        return Awaitility.await().atMost(PATIENCE).until(() -> withBytes(original), found -> !found.isEmpty()).getFirst().path("id").asText();
    }

    private static String link(JsonNode image, String variant, Format format) {
        return StreamSupport.stream(image.path("variants").spliterator(), false)
                .filter(v -> v.path("name").asText().equals(variant) && v.path("format").asText().equals(format.slug()))
                .map(v -> v.path("url").asText()).findFirst().orElseThrow();
    }

    /** A link as the API would hand it out. */
    private static String signed(String id) {
        return signed(id, Duration.ofMinutes(1));
    }

    private static String signed(String id, Duration life) {
        return new Links(SIGNING_KEYS, life).url(UUID.fromString(id), "medium", Format.JPEG);
    }

    private static void assertServed(JsonNode image) {
        TYPES.forEach((format, type) -> {
            var served = client("serving").get(link(image, "medium", format));
            assertEquals(200, served.statusCode(), SafelightClient.text(served));
            assertEquals(type, served.headers().firstValue("Content-Type").orElse(""));
            assertTrue(served.body().length > 0);
        });
    }

    private static void assertProblem(int status, String code, HttpResponse<byte[]> response) {
        assertEquals(status, response.statusCode(), SafelightClient.text(response));
        assertEquals("application/problem+json", response.headers().firstValue("Content-Type").orElse(""));
        assertEquals(code, SafelightClient.json(response).path("code").asText());
    }

    /** An outage makes those unready that cannot work without what is away, and is nobody's reason to be started anew. */
    private static void assertHealth(String... unready) {
        for (String group : GROUPS) {
            assertEquals(200, client(group).get("/q/health/live").statusCode(), group);
            assertEquals(List.of(unready).contains(group) ? 503 : 200, client(group).get("/q/health/ready").statusCode(), group);
        }
    }

    private static List<JsonNode> deadLetters(Predicate<JsonNode> wanted) {
        return StreamSupport.stream(client("metadata").getJson("/api/dead-letters?limit=200").path("deadLetters").spliterator(), false).filter(wanted).toList();
    }

    private static List<JsonNode> deadLettersOf(String id) {
        return deadLetters(letter -> letter.path("imageId").asText().equals(id));
    }

    private static JsonNode body(JsonNode letter) throws IOException {
        return io.safelight.model.Json.MAPPER.readTree(letter.path("body").asText());
    }

    private static void replay(JsonNode letter) {
        var client = client("metadata");
        var answer = client.send(client.request("/api/dead-letters/" + letter.path("id").asText() + "/replay")
                .POST(java.net.http.HttpRequest.BodyPublishers.noBody()));
        assertEquals(200, answer.statusCode(), SafelightClient.text(answer));
    }
}

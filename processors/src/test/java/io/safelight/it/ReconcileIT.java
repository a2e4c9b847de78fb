package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.lifecycle.ReconcileCommand;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.State;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.S3Server;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import io.safelight.testing.Studio;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Object store and database are made to disagree behind the back of the packaged application, each group of which has its own rights at the store. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReconcileIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int IMAGES = 8;

    private static S3Server store;
    private static PostgresServer database;
    private static SafelightProcess safelight;
    private static SafelightClient client;
    private static ObjectStore hidden;
    private static ObjectStore open;
    private static final List<String> ids = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        database = PostgresServer.start();
        store = S3Server.start();
        Map<String, String> settings = new TreeMap<>(store.settings());
        settings.putAll(Map.of("safelight.sftp.uri", "off", "safelight.database.url", database.url(), "safelight.database.username", database.username()));
        safelight = SafelightProcess.start("reconcile", settings);
        client = safelight.client();
        var s3 = ObjectStore.client(URI.create(settings.get("safelight.store.endpoint")), "us-east-1",
                settings.get("safelight.store.identities.metadata.access-key"), settings.get("safelight.store.identities.metadata.secret-key"));
        hidden = new ObjectStore(s3, "safelight-private");
        open = new ObjectStore(s3, "safelight-public");
        for (int i = 0; i < IMAGES; i++) {
            ids.add(client.accepted("picture.jpg", TestImages.jpeg(i, 320, 240)));
        }
        ids.forEach(id -> client.awaitState(id, State.PUBLISHED));
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable server : new AutoCloseable[] {safelight, store, database}) {
            if (server != null) {
                server.close();
            }
        }
    }

    private static void sql(String statement, Object... parameters) throws Exception {
        try (var c = DriverManager.getConnection(database.url(), database.username(), ""); var s = c.prepareStatement(statement)) {
            for (int i = 0; i < parameters.length; i++) {
                s.setObject(i + 1, parameters[i]);
            }
            s.execute();
        }
    }

    /** What the command found, by kind, with the number of those that were mended; it ends as its last line says. */
    private static Map<String, String> reconcile(String... options) throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = ReconcileCommand.run(new PrintStream(said, true),
                Stream.concat(Stream.of("--url", safelight.address().toString()), Stream.of(options)).toArray(String[]::new));
        JsonNode last = client.getJson("/api/reconcile").at("/reconciliations/0");
        Map<String, String> found = new TreeMap<>();
        last.path("findings").forEach(f -> found.put(f.path("kind").asText(), f.path("found").asText() + " " + f.path("mended").asText()));
        boolean left = found.values().stream().anyMatch(numbers -> !numbers.split(" ")[0].equals(numbers.split(" ")[1]));
        assertEquals(left ? 1 : 0, code, said::toString);
        return found;
    }

    /** All objects with their ETags, all states, and how long the audit is. */
    private static Map<String, String> everything() throws Exception {
        Map<String, String> all = new TreeMap<>();
        Stream.of(hidden, open).forEach(bucket -> bucket.list("").forEach((Stored o) -> all.put(bucket.bucket() + "/" + o.key(), o.etag() + o.modified())));
        client.getJson("/api/images?limit=200").path("images").forEach(image -> all.put(image.path("id").asText(), image.path("state").asText()));
        all.put("audit", client.getJson("/api/audit?limit=1").at("/entries/0/seq").asText());
        return all;
    }

    private static void putOriginal(UUID id, byte[] jpeg) throws IOException {
        Path file = Files.write(Files.createTempFile("original", null), jpeg);
        hidden.put(Keys.raw(id), file, "image/jpeg", Map.of("content-type", "image/jpeg", "origin", "http", "sha256", Studio.sha256(jpeg)));
        Files.delete(file);
    }

    private static List<String> keys(ObjectStore bucket, String prefix) {
        return bucket.list(prefix).map(Stored::key).toList();
    }

    @Test
    @Order(1)
    void whatWasBrokenByHandIsToldAndThenMended() throws Exception {
        assertEquals(Map.of(), reconcile("--age", "0s"));

        String variant = keys(open, ids.get(0) + "/medium-").getFirst();
        open.delete(variant);
        open.put(Manifest.key(UUID.fromString(ids.get(1))), Studio.bytes("no manifest"), "application/json");
        hidden.delete("master/" + ids.get(2));
        // the database forgets that it published one, and all that came after the upload of another, whose objects are gone
        sql("update image set state = 'review', published = null, verdict = 'review' where id = ?", UUID.fromString(ids.get(3)));
        UUID lost = UUID.fromString(ids.get(4));
        for (String table : List.of("variant", "evidence", "image_hash")) {
            sql("delete from " + table + " where image_id = ?", lost);
        }
        sql("update image set state = 'accepted', master_sha256 = null, verdict = null, published = null where id = ?", lost);
        hidden.delete(Stream.concat(keys(hidden, Keys.staging(lost)).stream(), Stream.of(Keys.raw(lost), Keys.master(lost))).toList());
        open.delete(keys(open, lost + "/"));
        UUID withdrawn = UUID.fromString(ids.get(5));
        assertEquals(200, client.send(client.request("/api/images/" + withdrawn).DELETE()).statusCode());
        putOriginal(withdrawn, TestImages.jpeg(5, 320, 240));
        open.put(ids.get(6) + "/thumb-0123456789abcdef.webp", Studio.bytes("an older one"), "image/webp");
        UUID stray = Ids.timeOrdered();
        open.put(Manifest.key(stray), Json.MAPPER.writeValueAsBytes(new Manifest(1, stray, 1, Instant.now(), null, null, null, manifest(ids.get(7)).variants())), "application/json");
        UUID unannounced = Ids.timeOrdered();
        putOriginal(unannounced, TestImages.jpeg(100, 320, 240));

        Map<String, String> before = everything();
        assertEquals(Map.of("leaked", "2 0", "manifest-disagrees", "2 0", "row-without-object", "3 0", "object-without-row", "2 0", "extra-object", "2 0"),
                reconcile("--age", "0s"));
        assertEquals(before, everything(), "only told");

        assertEquals(Map.of("leaked", "2 2", "manifest-disagrees", "2 2", "row-without-object", "3 3", "object-without-row", "2 2", "extra-object", "2 2"),
                reconcile("--mend", "--age", "0s"));

        assertTrue(open.head(variant).isPresent());
        assertTrue(manifest(stray.toString()).takenDown());
        assertEquals(List.of(), keys(hidden, Keys.raw(withdrawn)));
        client.awaitState(unannounced.toString(), State.PUBLISHED);
        client.awaitState(lost.toString(), State.REJECTED);
        Awaitility.await("what is made anew").atMost(PATIENCE).until(() -> hidden.head("master/" + ids.get(2)).isPresent());
        for (int i : List.of(0, 1, 2, 3, 6, 7)) {
            client.awaitState(ids.get(i), State.PUBLISHED);
            assertEquals(200, client.serve(ids.get(i), "medium", "image/webp").statusCode());
        }
        Awaitility.await("nothing to be left").atMost(PATIENCE).until(() -> reconcile("--age", "0s").isEmpty());
        List<String> actions = client.getJson("/api/audit?limit=200").path("entries").findValuesAsText("action");
        assertEquals(9, actions.stream().filter("mended"::equals).count(), "a leak and what it came of are mended at once");
    }

    private static Manifest manifest(String id) throws IOException {
        try (var content = open.stream(Manifest.key(UUID.fromString(id))).orElseThrow()) {
            return Manifest.read(UUID.fromString(id), content.readAllBytes());
        }
    }

    @Test
    @Order(2)
    void inABusySystemThatIsWellNothingIsFound() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Integer> busy = CompletableFuture.supplyAsync(() -> {
            int uploads = 0;
            while (!enough.get()) {
                String id = client.accepted("picture.jpg", TestImages.jpeg(200 + uploads++, 320, 240));
                // the pictures are alike: the more of them are withdrawn, the more look like one that was
                client.awaitState(id, State.PUBLISHED, State.BLOCKED);
                client.send(client.request("/api/rescan?scan=" + (uploads % 2 == 0)).POST(BodyPublishers.noBody()));
                if (uploads % 3 == 0) {
                    client.send(client.request("/api/images/" + id).DELETE());
                }
            }
            return uploads;
        });
        try {
            for (int i = 0; i < 5; i++) {
                assertEquals(Map.of(), reconcile("--age", "30s"));
                assertEquals(200, client.send(client.request("/api/images/" + ids.get(i)).DELETE()).statusCode());
            }
        } finally {
            enough.set(true);
            assertTrue(busy.get() > 0);
        }
    }
}

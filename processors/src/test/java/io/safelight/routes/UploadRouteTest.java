package io.safelight.routes;

import static java.net.http.HttpRequest.BodyPublishers.ofByteArray;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Ids;
import io.safelight.store.Keys;
import io.safelight.store.Stored;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.transform.Samples;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UploadRouteTest extends HttpRouteTest {
    private static final byte[] PHOTO = Samples.encoded(Samples.quarters(320, 240), "jpeg");
    private static final byte[] OTHER = Samples.encoded(Samples.quarters(200, 100), "png");
    private static final byte[] TEXT = "no image at all, only words".getBytes();
    private static final List<String> INTAKE = steps("intake", "validate", "identify", "store-original", "compare-with-stored",
            "compose-accepted", "announce-accepted", "receipt");

    UploadRouteTest() {
        super(Map.of("safelight.upload.max-bytes", "300K", "safelight.limits.max-decoded-bytes", "200M", "safelight.upload.account-header", "Account"), "ingress/upload");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("uploads", uploads());
    }

    private HttpResponse<byte[]> upload(byte[] body, String... headers) throws Exception {
        return send("POST", "/upload", ofByteArray(body), headers);
    }

    private HttpResponse<byte[]> uploadAll(Map<String, byte[]> files, String... headers) throws Exception {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Content-Type";
        all[headers.length + 1] = "multipart/form-data; boundary=" + BOUNDARY;
        return send("POST", "/upload", multipart("file", files), all);
    }

    /** The id of the only image that was taken. */
    private static String taken(HttpResponse<byte[]> answer) {
        JsonNode images = assertJson(202, answer).get("images");
        assertEquals(1, images.size());
        return images.get(0).get("id").asText();
    }

    @Test
    void aRawBodyIsStoredThenAnnouncedThenAcknowledged() throws Exception {
        HttpResponse<byte[]> answer = upload(PHOTO, "Content-Type", "image/jpeg", "X-Secret", "s", "CamelAwsS3Key", "raw/other",
                "CamelAwsS3BucketName", "other", "traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");

        String id = taken(answer);
        assertEquals(steps("upload-http", "admit", "begin", "receive", "each", "take-in"), story().subList(0, 5));
        assertEquals(INTAKE, story().subList(5, 12));
        assertEquals("upload-http-answer", story().getLast());
        assertEquals(13, story().size(), story().toString());

        Stored stored = hidden.head(Keys.raw(UUID.fromString(id))).orElseThrow();
        assertEquals(Map.of("content-type", "image/jpeg", "origin", "http", "sha256", Studio.sha256(PHOTO), "transform-state", "original", "name", "unnamed"),
                stored.metadata());
        assertEquals("image/jpeg", stored.contentType());
        assertEquals(Studio.sha256(PHOTO), Studio.sha256(bytes(hidden, stored.key()).orElseThrow()));

        JsonNode event = assertEvent("image.accepted", published());
        assertEquals(id, event.get("id").asText());
        assertEquals(TRACE, event.get("trace").asText());
        assertEquals(List.of(stored.key()), List.of(event.at("/keys/0").asText()));
        assertEquals(Studio.sha256(PHOTO), event.get("sha256").asText());
        assertEquals("receive", event.at("/step/name").asText());
        JsonNode fact = event.get("fact");
        assertEquals("http", fact.get("source").asText());
        assertEquals("jpeg", fact.get("format").asText());
        assertEquals(List.of((long) PHOTO.length, 320L, 240L), List.of(fact.get("bytes").asLong(), fact.get("width").asLong(), fact.get("height").asLong()));
        assertFalse(fact.get("slow").asBoolean());

        JsonNode receipt = tree(answer.body()).at("/images/0");
        assertEquals("accepted", receipt.get("state").asText());
        assertEquals("/api/images/" + id, receipt.at("/links/self").asText());
        assertEquals(TRACE, header(answer, "Trace-Id"));
        assertNull(header(answer, "X-Secret"));
    }

    /** Should the message be lost, the reconciler announces the original as it would have been. */
    @ParameterizedTest
    @CsvSource({"a bíld.jpg,a bíld.jpg", "%s.jpg,unnamed"})
    void accountAndNameAreStoredBesideTheOriginalAsFarAsS3TakesThem(String name, String stored) throws Exception {
        HttpResponse<byte[]> answer = uploadAll(Map.of(name.formatted("猫".repeat(190)), PHOTO), "Account", "zoe %41");

        Map<String, String> metadata = hidden.head(Keys.raw(UUID.fromString(taken(answer)))).orElseThrow().metadata();
        assertEquals("zoe %41", metadata.get("account"));
        assertEquals(stored, metadata.get("name"));
        assertEquals("zoe %41", assertEvent("image.accepted", published()).at("/fact/account").asText());
    }

    @Test
    void aHugeOriginalIsAnnouncedForTheSlowLane() throws Exception {
        taken(upload(Samples.encoded(Samples.quarters(9000, 7000), "png"), "Content-Type", "image/png"));

        JsonNode event = assertEvent("image.accepted.slow", published());
        assertTrue(event.at("/fact/slow").asBoolean());
    }

    @Test
    void aRefusedFileDoesNotKeepTheOthersOfItsBatchFromBeingTaken() throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("one.jpg", PHOTO);
        files.put("words.jpg", TEXT);
        files.put("two.jpg", Samples.encoded(Samples.quarters(100, 100), "jpeg"));

        JsonNode images = assertJson(202, uploadAll(files)).get("images");

        assertEquals(List.of("one.jpg", "words.jpg", "two.jpg"), images.findValuesAsText("name"));
        assertEquals("accepted", images.get(0).get("state").asText());
        assertEquals("unsupported-type", images.get(1).at("/problem/code").asText());
        assertFalse(images.get(1).has("id"));
        assertEquals("accepted", images.get(2).get("state").asText());
        assertEquals(List.of(images.get(0).get("id").asText(), images.get(2).get("id").asText()),
                broker.published().stream().map(p -> assertEvent("image.accepted", p).get("id").asText()).toList());
        assertEquals(List.of("one.jpg", "two.jpg"), broker.published().stream().map(p -> tree(p.message()).at("/fact/name").asText()).toList());
    }

    @Test
    void aBatchOfWhichNothingIsTakenCarriesEachProblem() throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("words.jpg", TEXT);
        files.put("half.jpg", Samples.cut(PHOTO, 0.02));

        HttpResponse<byte[]> answer = uploadAll(files);

        JsonNode images = assertJson(415, answer).get("images");
        assertEquals(2, images.findValues("problem").size());
        assertEquals(List.of(), broker.attempted());
    }

    @ParameterizedTest
    @CsvSource({"image/jpeg,words,415,unsupported-type", "image/jpeg,png,415,type-mismatch", "image/jpeg,nothing,400,empty-body",
            "image/jpeg,large,413,too-large", "image/png,bomb,422,too-many-pixels"})
    void aFileThatIsRefusedIsAProblemAndLeavesNothing(String type, String what, int status, String code) throws Exception {
        Set<String> before = keys(hidden, "");
        byte[] body = switch (what) {
            case "words" -> TEXT;
            case "png" -> OTHER;
            case "nothing" -> new byte[0];
            case "large" -> new byte[400_000];
            default -> Samples.encoded(Samples.quarters(8400, 8400), "png");
        };

        assertProblem(status, code, upload(body, "Content-Type", type));

        assertEquals(before, keys(hidden, ""));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aFormWithoutAFileAndAnIdempotencyKeyWithoutTextAreRefused() throws Exception {
        assertProblem(400, "no-file", send("POST", "/upload", multipart("picture", Map.of("a.jpg", PHOTO)),
                "Content-Type", "multipart/form-data; boundary=" + BOUNDARY));
        assertProblem(400, "malformed-request", upload(PHOTO, "Idempotency-Key", "k".repeat(256)));
    }

    @Test
    void whoIsRefusedBeforeTheBodyWasReadIsHungUpOn() throws Exception {
        try (Socket client = new Socket("127.0.0.1", port)) {
            client.setSoTimeout(20_000);
            client.getOutputStream().write("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\nIdempotency-Key: %s\r\n\r\n"
                    .formatted("k".repeat(256)).getBytes());
            String answer = text(client.getInputStream().readAllBytes());
            assertTrue(answer.contains("malformed-request") && answer.toLowerCase(Locale.ROOT).contains("connection: close"), answer);
        }
    }

    @Test
    void theSameBytesUnderTheSameKeyAreAcceptedAgainAndAnnouncedAgain() throws Exception {
        String first = taken(upload(PHOTO, "Idempotency-Key", "again"));
        Set<String> once = keys(hidden, "");
        String second = taken(upload(PHOTO, "Idempotency-Key", "again"));

        assertEquals(first, second);
        assertEquals(once, keys(hidden, ""));
        assertEquals(2, broker.published().size());
        assertEquals(tree(broker.published().getFirst().message()).get("fact"), tree(broker.published().getLast().message()).get("fact"));
    }

    @Test
    void otherBytesUnderTheSameKeyAreRefusedAndTheFirstAreKept() throws Exception {
        String id = taken(upload(PHOTO, "Idempotency-Key", "reused"));

        assertProblem(422, "id-reused", upload(OTHER, "Idempotency-Key", "reused"));

        assertEquals(1, broker.published().size());
        assertEquals(Studio.sha256(PHOTO), Studio.sha256(bytes(hidden, Keys.raw(Ids.parse(id))).orElseThrow()));
    }

    @Test
    void theFilesOfABatchUnderOneKeyAreToldApartByTheirPlace() throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("one.jpg", PHOTO);
        files.put("two.jpg", PHOTO);

        List<String> first = assertJson(202, uploadAll(files, "Idempotency-Key", "batch")).get("images").findValuesAsText("id");
        List<String> second = assertJson(202, uploadAll(files, "Idempotency-Key", "batch")).get("images").findValuesAsText("id");

        assertEquals(first, second);
        assertNotEquals(first.get(0), first.get(1));
    }

    @ParameterizedTest
    @CsvSource({"REFUSE", "SILENCE", "BROKEN_CONNECTION"})
    void anUploadTheBrokerDidNotConfirmIsNotAcknowledged(TestBroker.Answer answer) throws Exception {
        broker.answer(publication -> answer);
        HttpResponse<byte[]> refused = upload(PHOTO, "Idempotency-Key", "broker-" + answer);
        assertProblem(503, "unavailable", refused);
        assertEquals(List.of(), broker.published());

        broker.calm();
        taken(upload(PHOTO, "Idempotency-Key", "broker-" + answer));
        assertEvent("image.accepted", published());
    }

    @Test
    void anUploadTheStoreDidNotTakeIsNeitherAnnouncedNorAcknowledged() throws Exception {
        TestStore.refuse = key -> key.startsWith("raw/");

        assertProblem(503, "unavailable", upload(PHOTO));

        assertEquals(List.of(), broker.attempted());
        assertFalse(story().contains("intake-announce-accepted"));
    }

    @Test
    void aBatchOfWhichTheStoreTookNothingIsToldWhenToTryAgain() throws Exception {
        TestStore.refuse = key -> key.startsWith("raw/");

        HttpResponse<byte[]> answer = uploadAll(Map.of("one.jpg", PHOTO, "two.png", OTHER));

        assertEquals(2, assertJson(503, answer).findValues("problem").size());
        assertEquals("5", header(answer, "Retry-After"));
        assertEquals(List.of(), broker.attempted());
    }
}

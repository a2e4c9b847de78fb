package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Code;
import io.safelight.it.SafelightClient.Part;
import io.safelight.model.State;
import io.safelight.testing.SharedData;
import io.safelight.validate.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What goes wrong on the sender's side is told to the sender, and leaves nothing behind on ours. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadInputIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int LIMIT = 1 << 20;
    private static final int MOST_FILES = 5;
    private static final String FORM = "multipart/form-data; boundary=bound";

    private static final Heartbeat MACHINE = Heartbeat.start();
    private static SafelightProcess safelight;
    private static SafelightClient client;
    /** Every image that got a 202, and may so be in the store. */
    private static final Set<String> TAKEN = new ConcurrentSkipListSet<>();

    @BeforeAll
    static void start() {
        safelight = SafelightProcess.start("bad-input", Map.of("safelight.upload.max-bytes", Integer.toString(LIMIT),
                "safelight.upload.max-files", Integer.toString(MOST_FILES), "safelight.upload.idle-timeout", "2s", "safelight.sftp.uri", "off"));
        client = safelight.client();
    }

    @AfterAll
    static void end() {
        safelight.close();
    }

    private static HttpResponse<byte[]> post(String contentType, byte[] body) {
        return client.uploadRaw(body, contentType);
    }

    private static String taken(HttpResponse<byte[]> response) {
        assertEquals(202, response.statusCode(), () -> SafelightClient.text(response));
        SafelightClient.json(response).path("images").forEach(image -> {
            if (image.hasNonNull("id")) {
                TAKEN.add(image.path("id").asText());
            }
        });
        return SafelightClient.json(response).at("/images/0/id").asText();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void anUploadWithoutBytesIsEmpty() {
        ProblemDocument.check(Code.EMPTY_BODY, post("image/jpeg", new byte[0]));
        ProblemDocument.check(Code.EMPTY_BODY, client.send(client.request("/upload").header("Content-Type", "image/jpeg")
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(new byte[0])))));
        ProblemDocument.check(Code.EMPTY_BODY, client.upload(new Part("none.jpg", "image/jpeg", new byte[0])));
        ProblemDocument.check(Code.NO_FILE, client.upload(new Part[0]));
        ProblemDocument.check(Code.NO_FILE, post(FORM, utf8("--bound\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.jpg\"\r\n\r\nx\r\n--bound--\r\n")));
        ProblemDocument.check(Code.NO_FILE, post(FORM, utf8("--bound\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\njust text\r\n--bound--\r\n")));
    }

    @Test
    void whatIsNotTheImageItSaysIsRefused() {
        byte[] jpeg = TestImages.jpeg(1, 64, 48);
        ProblemDocument.check(Code.UNSUPPORTED_TYPE, post("text/plain", jpeg));
        ProblemDocument.check(Code.UNSUPPORTED_TYPE, post("application/json", utf8("{}")));
        ProblemDocument.check(Code.UNSAFE_SVG, post("image/svg+xml", utf8("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><script/></svg>")));
        ProblemDocument.check(Code.UNSUPPORTED_TYPE, post("image/jpeg", utf8("just a text of some length, and no image")));
        ProblemDocument.check(Code.UNSUPPORTED_TYPE, post("application/x-www-form-urlencoded", utf8("file=x")));
        ProblemDocument.check(Code.TYPE_MISMATCH, post("image/png", jpeg));
        ProblemDocument.check(Code.TYPE_MISMATCH, client.upload(new Part("a.jpg", "image/jpeg", TestImages.png(2, 64, 48))));
    }

    @Test
    void anUploadThatBreaksOffIsRefused() throws IOException {
        byte[] jpeg = TestImages.jpeg(3, 640, 480);
        String head = "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: " + jpeg.length + "\r\n\r\n";
        byte[] half = Arrays.copyOf(jpeg, jpeg.length / 2);
        try (RawHttp silent = new RawHttp(safelight.port())) {
            RawHttp.Answer answer = silent.send(head).send(half).answer();
            assertEquals(Code.UPLOAD_INCOMPLETE, ProblemDocument.check(answer.status(), answer.contentType(), answer.body()));
        }
        try (RawHttp gone = new RawHttp(safelight.port())) {
            RawHttp.Answer answer = gone.send(head).send(half).finish().answer();
            assertTrue(answer.status() == 0 || answer.status() == 400, answer::toString);
        }
        String part = "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n";
        String form = "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: " + FORM + "\r\n";
        try (RawHttp gone = new RawHttp(safelight.port())) {
            gone.send(form + "Content-Length: " + 2 * jpeg.length + "\r\n\r\n" + part).send(jpeg).send("\r\n" + part).send(half);
        }
        try (RawHttp gone = new RawHttp(safelight.port())) {
            gone.send(form + "Transfer-Encoding: chunked\r\n\r\n").chunk(utf8(part)).chunk(half);
        }
        try (RawHttp silent = new RawHttp(safelight.port())) {
            RawHttp.Answer answer = silent.send(form + "Transfer-Encoding: chunked\r\n\r\n").chunk(utf8(part)).chunk(half).answer();
            assertEquals(Code.UPLOAD_INCOMPLETE, ProblemDocument.check(answer.status(), answer.contentType(), answer.body()));
        }
        awaitEmptyWorkFolder();
    }

    @Test
    void anUploadAnnouncedAsTooLargeIsRefusedBeforeItIsSent() throws IOException {
        for (String type : List.of("image/jpeg", FORM)) {
            for (String length : List.of("10000000", "9999999999", "9223372036854775807")) {
                try (RawHttp raw = new RawHttp(safelight.port())) {
                    RawHttp.Answer answer = raw.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n").answer();
                    assertEquals(413, answer.status(), () -> type + " " + length + " " + answer);
                    ProblemDocument.tellsNothingOfOurInsides(answer.body());
                    if (!length.startsWith("9")) {
                        ProblemDocument.check(answer.status(), answer.contentType(), answer.body());
                    }
                }
            }
        }
    }

    @Test
    void anUploadOfUnknownLengthIsRefusedAtTheByteThatIsTooMuch() throws IOException {
        byte[] chunk = new byte[32 * 1024];
        try (RawHttp raw = new RawHttp(safelight.port())) {
            raw.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int sent = 0; sent < LIMIT; sent += chunk.length) {
                raw.chunk(chunk);
            }
            assertFalse(raw.answered(), "the limit itself is allowed");
            RawHttp.Answer answer = raw.chunk(new byte[1]).answer();
            assertEquals(Code.TOO_LARGE, ProblemDocument.check(answer.status(), answer.contentType(), answer.body()));
        }
        ProblemDocument.check(Code.UNSUPPORTED_TYPE, post("image/jpeg", new byte[LIMIT]));
        ProblemDocument.check(Code.TOO_LARGE, post("image/jpeg", new byte[LIMIT + 1]));
        ProblemDocument.check(Code.TOO_LARGE, client.upload(new Part("a.jpg", "image/jpeg", new byte[LIMIT + 1])));
    }

    @Test
    void aFormOfUnknownLengthIsRefusedWhenItsFilesAreTooMuchTogether() throws IOException {
        byte[] body = SafelightClient.multipart(Stream.of("a", "b", "c", "d").map(n -> new Part(n, "image/jpeg", new byte[LIMIT / 3])).toArray(Part[]::new));
        HttpRequest.Builder request = client.request("/upload").header("Content-Type", SafelightClient.FORM)
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)));
        ProblemDocument.check(Code.TOO_LARGE, client.send(request));
        byte[] ballast = utf8("--bound\r\nContent-Disposition: form-data; name=\"ballast\"; filename=\"b\"\r\n\r\n" + "x".repeat(2 * LIMIT) + "\r\n--bound--\r\n");
        ProblemDocument.check(Code.TOO_LARGE, client.send(client.request("/upload").header("Content-Type", FORM)
                .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(ballast)))));
    }

    @Test
    void aFormThatCannotBeReadIsMalformed() {
        byte[] part = utf8("--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--bound--\r\n");
        ProblemDocument.check(Code.MALFORMED_REQUEST, post("multipart/form-data", part));
        ProblemDocument.check(Code.MALFORMED_REQUEST, post("multipart/form-data; boundary=", part));
        ProblemDocument.check(Code.UPLOAD_INCOMPLETE, post(FORM, utf8("--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nnever ended")));
        ProblemDocument.check(Code.NO_FILE, post(FORM, utf8("--bound\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + "x".repeat(100_000) + "\r\n--bound--\r\n")));
        ProblemDocument.check(Code.MALFORMED_REQUEST, client.upload(Stream.generate(() -> new Part("a.jpg", "image/jpeg", TestImages.jpeg(4, 64, 48)))
                .limit(MOST_FILES + 1).toArray(Part[]::new)));
        for (String odd : List.of("--other\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--other--\r\n", "--bound", "--bound--", "garbage", "--bound\r\n\r\n\r\n--bound--", "--bound\r\nContent-Disposition: x\r\n\r\nx\r\n--bound--")) {
            HttpResponse<byte[]> answer = post(FORM, utf8(odd));
            assertTrue(Set.of(Code.MALFORMED_REQUEST, Code.NO_FILE).contains(ProblemDocument.check(answer)), odd);
        }
        ProblemDocument.check(Code.MALFORMED_REQUEST, client.send(client.request("/upload").header("Content-Type", "image/jpeg")
                .header("Idempotency-Key", "k".repeat(256)).POST(BodyPublishers.ofByteArray(TestImages.jpeg(5, 64, 48)))));
    }

    @Test
    void aNameIsShownCleanAndLeadsNowhere() {
        int number = 300;
        for (String name : List.of("../../etc/passwd", "C:\\x", "..\\..\\x.jpg", "a\0b.jpg", "photo\u202egpj.exe", "n".repeat(5000) + ".jpg", "a\tb.jpg",
                "${sys.java.version}.jpg", "<script>alert(1)</script>", "/", "..", "", "{{safelight.data}}", "名前.jpg")) {
            HttpResponse<byte[]> response = client.upload(new Part(name, "image/jpeg", TestImages.jpeg(number++, 64, 48)));
            assertEquals(202, response.statusCode(), () -> SafelightClient.text(response) + " for " + name);
            taken(response);
        }
        // these end the header or the quotes they stand in; whatever is made of that, it is an answer
        for (String name : List.of("a\"; name=\"other", "a\r\nX-Injected: yes", "a\"", "\\\"")) {
            HttpResponse<byte[]> response = client.upload(new Part(name, "image/jpeg", TestImages.jpeg(number++, 64, 48)));
            assertTrue(response.headers().firstValue("X-Injected").isEmpty());
            if (response.statusCode() == 202) {
                taken(response);
            } else {
                ProblemDocument.check(response);
            }
        }
        HttpResponse<byte[]> several = client.upload(Stream.of("../../etc/passwd", "C:\\x", "photo\u202egpj.exe", "n".repeat(5000), "a\0b.jpg")
                .map(name -> new Part(name, "image/jpeg", TestImages.jpeg(330, 64, 48))).toArray(Part[]::new));
        taken(several);
        List<String> names = new ArrayList<>();
        SafelightClient.json(several).path("images").forEach(image -> names.add(image.path("name").asText()));
        assertEquals(List.of("passwd", "x", "photogpj.exe", "n".repeat(200), "ab.jpg"), names);
    }

    @Test
    void headersAndParametersOfOurInnerWorkingsHaveNoEffect() {
        String other = taken(client.upload(new Part("other.jpg", "image/jpeg", TestImages.jpeg(400, 64, 48))));
        client.awaitState(other, State.PUBLISHED);
        Map<String, String> hostile = Map.ofEntries(Map.entry("CamelFileName", "../evil"), Map.entry("camelfilename", "../evil"),
                Map.entry("CamelHttpResponseCode", "418"), Map.entry("CamelHttpMethod", "DELETE"), Map.entry("CamelHttpPath", "/api/system"),
                Map.entry("CamelAwsS3Key", "raw/evil"), Map.entry("CAMELAWSS3KEY", "raw/evil"), Map.entry("CamelAwsS3BucketName", "safelight-public"),
                Map.entry("CamelAwsS3Operation", "deleteBucket"), Map.entry("CamelSpringRabbitmqRoutingOverrideKey", "metadata"), Map.entry("CamelBeanMethodName", "close"),
                Map.entry("attempt", "99"), Map.entry("image-id", other), Map.entry("image", other), Map.entry("id", other), Map.entry("trace", "spoofed"),
                Map.entry("queue", "metadata.dead"), Map.entry("variant", "large"), Map.entry("outcome", ".failed"), Map.entry("reason", "spoofed"));
        StringBuilder query = new StringBuilder("?x=y");
        hostile.forEach((name, value) -> query.append('&').append(name).append('=').append(value));

        HttpRequest.Builder upload = client.request("/upload" + query);
        hostile.forEach(upload::header);
        String id = taken(client.upload(upload, new Part("mine.jpg", "image/jpeg", TestImages.jpeg(401, 64, 48))));
        assertNotEquals(other, id);
        JsonNode image = client.awaitState(id, State.PUBLISHED);
        assertEquals(State.PUBLISHED.slug(), image.path("state").asText());
        assertTrue(safelight.storedObjects().contains("safelight-private/raw/" + id));
        assertFalse(safelight.storedObjects().stream().anyMatch(key -> key.contains("evil")));

        // nor can a header pass for a parameter: a cache would keep what it asked for under an address that does not
        HttpResponse<byte[]> asked = client.send(client.request("/i/" + id + "/thumb").header("Accept", "image/jpeg").header("format", "avif"));
        assertEquals("image/jpeg", ProblemDocument.contentType(asked));
        assertEquals(200, client.send(client.request("/api/images").header("limit", "x").header("State", "nonsense").header("cursor", "x")).statusCode());

        for (String suffix : List.of("", query.toString())) {
            HttpRequest.Builder about = client.request("/api/images/" + id + suffix);
            hostile.forEach(about::header);
            HttpResponse<byte[]> told = client.send(about);
            assertEquals(200, told.statusCode(), () -> SafelightClient.text(told));
            assertEquals(id, SafelightClient.json(told).path("id").asText(), "the path says which image is meant, and nothing else does");
            assertEquals(List.of(), told.headers().map().keySet().stream().filter(name -> hostile.keySet().stream().anyMatch(name::equalsIgnoreCase)).toList());

            HttpRequest.Builder timeline = client.request("/api/images/" + id + "/timeline" + suffix);
            hostile.forEach(timeline::header);
            assertEquals(id, SafelightClient.json(client.send(timeline)).path("id").asText());

            HttpRequest.Builder shown = client.request("/i/" + id + "/thumb" + suffix).header("Accept", "image/jpeg");
            hostile.forEach(shown::header);
            HttpResponse<byte[]> thumb = client.send(shown);
            assertEquals(200, thumb.statusCode(), () -> SafelightClient.text(thumb));
            assertEquals(client.serve(id, "thumb", "image/jpeg").headers().firstValue("ETag"), thumb.headers().firstValue("ETag"));
        }
        HttpRequest.Builder withdrawal = client.request("/api/images/" + id + query);
        hostile.forEach(withdrawal::header);
        HttpResponse<byte[]> withdrawn = client.send(withdrawal.DELETE());
        assertEquals(id, SafelightClient.json(withdrawn).path("id").asText(), () -> SafelightClient.text(withdrawn));
        assertEquals(State.PUBLISHED.slug(), client.image(other).path("state").asText(), "the other image was none of its business");
    }

    @Test
    void imagesThatWouldBeHugeOnceDecodedAreRefusedByTheirHeader() {
        for (byte[] bomb : List.of(Samples.pngHeader(786464, 32, 16, 6), Samples.pngHeader(30001, 1, 8, 2), Samples.pngHeader(20000, 20000, 8, 2),
                Samples.pngHeader(Integer.MAX_VALUE, Integer.MAX_VALUE, 16, 6))) {
            assertEquals(41, bomb.length);
            ProblemDocument.check(Code.TOO_MANY_PIXELS, post("image/png", bomb));
            ProblemDocument.check(Code.TOO_MANY_PIXELS, client.send(client.request("/classify").POST(BodyPublishers.ofByteArray(bomb))));
        }
    }

    @Test
    void brokenImagesAreRefusedOrEndRejected() {
        byte[] jpeg = TestImages.jpeg(410, 640, 480);
        refusedInTheEnd("cut.jpg", Arrays.copyOf(jpeg, jpeg.length / 2));
        byte[] png = TestImages.png(411, 640, 480);
        refusedInTheEnd("cut.png", Arrays.copyOf(png, png.length / 2));
        png[png.length / 2] ^= 0x55;
        refusedInTheEnd("damaged.png", png);
    }

    @Test
    void theBrokenOnesOfPngSuiteAreRefusedOrEndRejected() {
        List<Path> broken = SharedData.files("corpora/pngsuite").stream().filter(file -> file.getFileName().toString().startsWith("x")).toList();
        assertEquals(14, broken.size());
        broken.forEach(file -> refusedInTheEnd(file.getFileName().toString(), Part.of(file).bytes()));
    }

    private static void refusedInTheEnd(String name, byte[] bytes) {
        HttpResponse<byte[]> response = client.upload(new Part(name, "application/octet-stream", bytes));
        if (response.statusCode() != 202) {
            assertEquals(4, ProblemDocument.check(response).status() / 100, name);
            return;
        }
        JsonNode image = client.awaitState(taken(response), State.REJECTED);
        String reason = image.path("reason").asText();
        assertTrue(reason.contains(": "), () -> name + " is rejected without a code: " + reason);
        assertEquals(422, Code.ofSlug(reason.substring(0, reason.indexOf(": "))).status(), name);
        ProblemDocument.tellsNothingOfOurInsides(reason);
        ProblemDocument.check(Code.NOT_FOUND, client.serve(image.path("id").asText(), "thumb", "image/jpeg"));
    }

    @Test
    void anIdempotencyKeyMeansTheSameImageAndNoOther() {
        byte[] bytes = TestImages.jpeg(420, 64, 48);
        String key = UUID.randomUUID().toString();
        String id = taken(withKey(key, new Part("a.jpg", "image/jpeg", bytes)));
        assertEquals(id, taken(withKey(key, new Part("a.jpg", "image/jpeg", bytes))));
        ProblemDocument.check(Code.ID_REUSED, withKey(key, new Part("a.jpg", "image/jpeg", TestImages.jpeg(421, 64, 48))));
        client.awaitState(id, State.PUBLISHED);
        assertEquals(id, taken(withKey(key, new Part("a.jpg", "image/jpeg", bytes))));
        assertEquals("published", client.awaitState(id, State.PUBLISHED).path("state").asText());
    }

    private static HttpResponse<byte[]> withKey(String key, Part part) {
        return client.upload(client.request("/upload").header("Idempotency-Key", key), part);
    }

    @Test
    void oneBadFileDoesNotKeepTheOthersOfItsBatchOut() {
        HttpResponse<byte[]> response = client.upload(new Part("good.jpg", "image/jpeg", TestImages.jpeg(430, 64, 48)),
                new Part("bad.jpg", "image/jpeg", utf8("this is not an image at all")), new Part("fine.png", "image/png", TestImages.png(431, 64, 48)));
        taken(response);
        JsonNode images = SafelightClient.json(response).path("images");
        assertEquals(3, images.size());
        assertEquals("bad.jpg", images.path(1).path("name").asText());
        assertFalse(images.path(1).has("id"));
        assertEquals(Code.UNSUPPORTED_TYPE, ProblemDocument.check(images.path(1).path("problem")));
        client.awaitState(images.path(0).path("id").asText(), State.PUBLISHED);
        client.awaitState(images.path(2).path("id").asText(), State.PUBLISHED);

        HttpResponse<byte[]> none = client.upload(new Part("bad.jpg", "image/jpeg", utf8("this is not an image at all")),
                new Part("worse.jpg", "image/jpeg", utf8("neither is this, whatever it says")));
        assertEquals(415, none.statusCode(), () -> SafelightClient.text(none));
        SafelightClient.json(none).path("images").forEach(image -> assertEquals(Code.UNSUPPORTED_TYPE, ProblemDocument.check(image.path("problem"))));
    }

    @Test
    void parametersThatMakeNoSenseAreNamed() {
        List<String> badIds = List.of("x", "1", "%00", "..", "%2e%2e", "00000000-0000-0000-0000-00000000000", "ABCDEF00-0000-7000-8000-000000000000", "%27%20or%201%3D1", "%F0%9F%98%80");
        for (String id : badIds) {
            for (String path : List.of("/api/images/%s", "/api/images/%s/timeline", "/i/%s/thumb", "/api/references?ids=%s")) {
                refusedOrUnknown(client.get(path.formatted(id)), Code.BAD_ID);
            }
            refusedOrUnknown(client.send(client.request("/api/images/" + id).DELETE()), Code.BAD_ID);
        }
        for (String path : List.of("/api/images", "/api/dead-letters")) {
            for (String bad : List.of("limit=0", "limit=-1", "limit=201", "limit=x", "limit=1e9", "limit=99999999999999999999", "cursor=x", "cursor=%00", "cursor=AAAA")) {
                ProblemDocument.check(Code.BAD_PARAMETER, client.get(path + "?" + bad));
            }
            HttpResponse<byte[]> twice = client.get(path + "?limit=1&limit=2");
            if (twice.statusCode() != 200) {
                ProblemDocument.check(Code.BAD_PARAMETER, twice);
            }
        }
        ProblemDocument.check(Code.BAD_PARAMETER, client.get("/api/images?state=nonsense"));
        ProblemDocument.check(Code.BAD_PARAMETER, client.get("/api/images?state=PUBLISHED"));
        ProblemDocument.check(Code.BAD_PARAMETER, client.send(client.request("/api/stuck?olderThan=soon").POST(BodyPublishers.noBody())));
        ProblemDocument.check(Code.BAD_PARAMETER, client.send(client.request("/api/stuck").POST(BodyPublishers.noBody())));
        ProblemDocument.check(Code.BAD_PARAMETER, client.get("/api/references?ids=" + "x,".repeat(501)));
        ProblemDocument.check(Code.NOT_FOUND, client.send(client.request("/api/dead-letters/unknown/replay").POST(BodyPublishers.noBody())));
        ProblemDocument.check(Code.NOT_FOUND, client.send(client.request("/api/dead-letters/%00/replay").POST(BodyPublishers.noBody())));
        ProblemDocument.check(Code.BAD_PARAMETER, client.get("/i/" + published() + "/thumb?format=exe"));
        ProblemDocument.check(Code.NOT_FOUND, client.get("/i/" + published() + "/%00"));
        ProblemDocument.check(Code.NOT_FOUND, client.get("/i/" + published() + "/%2e%2e%2fmanifest.json"));
    }

    /** Some of these never reach us: their path is another one to the router. */
    private static void refusedOrUnknown(HttpResponse<byte[]> response, Code expected) {
        if (response.statusCode() == 404) {
            ProblemDocument.tellsNothingOfOurInsides(SafelightClient.text(response));
        } else {
            ProblemDocument.check(expected, response);
        }
    }

    private static String published() {
        String id = TAKEN.stream().filter(taken -> client.idsIn(State.PUBLISHED).contains(taken)).findFirst().orElse(null);
        if (id != null) {
            return id;
        }
        String fresh = taken(client.upload(new Part("fresh.jpg", "image/jpeg", TestImages.jpeg(440, 64, 48))));
        client.awaitState(fresh, State.PUBLISHED);
        return fresh;
    }

    @Test
    void methodsThatArePointlessAreNotAllowed() {
        String id = published();
        for (String path : List.of("/upload", "/classify", "/api/images", "/api/images/" + id, "/api/images/" + id + "/timeline", "/api/dead-letters",
                "/api/references", "/api/stuck", "/api/system", "/i/" + id + "/thumb", "/nowhere", "/api", "/")) {
            for (String method : List.of("PUT", "PATCH", "OPTIONS", "BREW")) {
                HttpResponse<byte[]> response = client.send(client.request(path).method(method, BodyPublishers.ofString("x")));
                assertTrue(Set.of(404, 405, 501).contains(response.statusCode()), () -> method + " " + path + ": " + response.statusCode());
                ProblemDocument.tellsNothingOfOurInsides(SafelightClient.text(response));
            }
        }
        assertEquals("published", client.image(id).path("state").asText());
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void afterAllOfItNothingIsLeftBehindAndItIsInGoodHealth() {
        awaitEmptyWorkFolder();
        Awaitility.await("all that was taken to come to rest").atMost(PATIENCE).untilAsserted(() -> {
            Set<String> resting = new TreeSet<>();
            for (State state : List.of(State.PUBLISHED, State.REJECTED, State.WITHDRAWN)) {
                resting.addAll(client.idsIn(state));
            }
            assertEquals(TAKEN, resting);
        });
        List<String> unknown = safelight.storedObjects().stream().filter(key -> TAKEN.stream().noneMatch(key::contains)).toList();
        assertEquals(List.of(), unknown, "objects of uploads that were refused");
        Set<String> published = client.idsIn(State.PUBLISHED);
        Set<String> withdrawn = client.idsIn(State.WITHDRAWN);
        assertEquals(List.of(), safelight.storedObjects().stream().filter(key -> key.startsWith("safelight-public/"))
                .filter(key -> published.stream().noneMatch(key::contains))
                .filter(key -> withdrawn.stream().noneMatch(id -> key.equals("safelight-public/" + id + "/manifest.json"))).toList());
        assertEquals(0, client.getJson("/api/dead-letters").path("deadLetters").size());
        assertEquals("UP", client.getJson("/q/health").path("status").asText());
        assertEquals(List.of(), LogEntry.of(safelight.logLines()).stream()
                .filter(entry -> entry.line().contains(" ERROR ") || !entry.stack().isEmpty() && !entry.blames(MACHINE)).limit(20).toList());
    }

    private static void awaitEmptyWorkFolder() {
        Path work = safelight.data().resolve("work");
        Path folders = work.resolve(String.valueOf(safelight.pid())).resolve("decoders");
        Awaitility.await("work in progress to be cleaned away under " + work).atMost(PATIENCE)
                // what goes while it is looked at
                .ignoreExceptionsMatching(e -> e instanceof IOException || e instanceof UncheckedIOException).untilAsserted(() -> {
            try (Stream<Path> all = Files.walk(work)) {
                assertEquals(List.of(), all.filter(path -> path.getNameCount() > work.getNameCount() + 1)
                        .map(work::relativize).filter(path -> !Set.of("cache", "sftp", "decoders").contains(path.getName(1).toString())).toList());
            }
            try (Stream<Path> each = Files.list(folders)) {
                assertEquals(safelight.decoders().size(), each.count(), "a folder for each decoder that lives");
            }
        });
    }
}

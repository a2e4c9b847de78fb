package io.safelight.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.SafelightException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpReceiverTest {
    private static final int LIMIT = 100_000;
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final String TYPE = "multipart/form-data; boundary=bound";

    @TempDir
    Path temp;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private UnaryOperator<Path> spool = UnaryOperator.identity();

    @BeforeEach
    void serve() {
        server = serve(SILENCE, () -> { });
    }

    /** @param then done on the event loop when a request is being received */
    private HttpServer serve(Duration silence, Runnable then) {
        HttpReceiver receiver = new HttpReceiver(LIMIT, 3, silence);
        return vertx.createHttpServer().requestHandler(request -> {
            request.pause();
            vertx.executeBlocking(() -> receive(receiver, request), false).onSuccess(text -> request.response().end(text));
            then.run();
        }).listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join();
    }

    private String receive(HttpReceiver receiver, HttpServerRequest request) throws Exception {
        Path folder = Files.createTempDirectory(temp, "request");
        begun.incrementAndGet();
        try {
            return receiver.receive(request, "file", spool.apply(folder)).stream()
                    .map(u -> "%s:%d:%s".formatted(u.name(), u.bytes(), u.sha256())).collect(Collectors.joining(","));
        } catch (SafelightException e) {
            return e.code().slug();
        } finally {
            ended.incrementAndGet();
        }
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void everyBodyArrivesWholeHoweverShortItIs() throws Exception {
        for (int size : IntStream.iterate(1, i -> i < LIMIT, i -> i * 2).toArray()) {
            byte[] body = "x".repeat(size).getBytes(StandardCharsets.UTF_8);
            String sha256 = Digests.hex(updated(body));
            assertEquals("null:%d:%s".formatted(size, sha256), post("image/jpeg", BodyPublishers.ofByteArray(body)), "announced, " + size);
            assertEquals("null:%d:%s".formatted(size, sha256), post("image/jpeg", chunked(body)), "chunked, " + size);
        }
    }

    @Test
    void everyPartArrivesWholeHoweverShortItIs() throws Exception {
        for (int size : IntStream.iterate(1, i -> i < LIMIT, i -> i * 2).toArray()) {
            byte[] body = "y".repeat(size).getBytes(StandardCharsets.UTF_8);
            assertEquals("a:%d:%s".formatted(size, Digests.hex(updated(body))), post(TYPE, BodyPublishers.ofByteArray(part("a", body))));
        }
    }

    @Test
    void aBodyWithoutBytesIsEmpty() throws Exception {
        assertEquals("empty-body", post("image/jpeg", BodyPublishers.noBody()));
        assertEquals("empty-body", post("image/jpeg", chunked(new byte[0])));
    }

    @Test
    void thePartsOfAFormMayBringNoMoreThanTheLimitTogether() throws Exception {
        byte[] two = new byte[2 * LIMIT / 3];
        byte[] form = form(part("a", two), part("b", two));
        assertEquals("too-large", post(TYPE, chunked(form)));
        assertEquals("too-large", post(TYPE, chunked(new String(form, StandardCharsets.UTF_8).replace("name=\"file\"", "name=\"ballast\"")
                .getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void aPartIsWholeWhereverTheBodyIsCutIntoPackets() throws Exception {
        byte[] body = "of a picture\r\n--bo\r".getBytes(StandardCharsets.UTF_8);
        byte[] form = part("a", body);
        String whole = "a:%d:%s".formatted(body.length, Digests.hex(updated(body)));
        for (int cut = form.length - 40; cut < form.length; cut++) {
            assertTrue(inTwoPackets(form, cut).endsWith(whole), "cut at " + cut + " of " + form.length);
        }
    }

    /** Pieces of boundaries, ends of lines, and nothing at all, cut anywhere. */
    @Test
    void partsAreWholeWhateverTheyLookLike() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            byte[][] bodies = IntStream.rangeClosed(0, random.nextInt(3)).mapToObj(i -> likeABoundary(random)).toArray(byte[][]::new);
            byte[] form = form(Arrays.stream(bodies).map(body -> part("a", body)).toArray(byte[][]::new));
            String whole = Arrays.stream(bodies).map(body -> "a:%d:%s".formatted(body.length, Digests.hex(updated(body)))).collect(Collectors.joining(","));
            assertEquals(Arrays.stream(bodies).allMatch(body -> body.length == 0) ? "empty-body" : whole, post(TYPE, inPieces(form, random)), "round " + round);
        }
    }

    private static byte[] likeABoundary(Random random) {
        String letters = "\r\n\n-boundx";
        String body = random.ints(random.nextInt(12), 0, letters.length()).mapToObj(i -> letters.substring(i, i + 1)).collect(Collectors.joining());
        return ("\n" + body).contains("\n--bound") ? new byte[] {'\r'} : body.getBytes(StandardCharsets.UTF_8);
    }

    private static HttpRequest.BodyPublisher inPieces(byte[] form, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0, to; from < form.length; from = to) {
            to = Math.min(form.length, from + 1 + random.nextInt(40));
            pieces.add(Arrays.copyOfRange(form, from, to));
        }
        return BodyPublishers.ofByteArrays(pieces);
    }

    /** Long before the silence of a client would end it. */
    @Test
    void aClientThatLeavesInTheMidstOfAPartIsNotWaitedFor() throws Exception {
        byte[] form = part("a", new byte[1_000]);
        try (Socket socket = new Socket("127.0.0.1", server.actualPort())) {
            socket.getOutputStream().write("POST / HTTP/1.1\r\nHost: it\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n".formatted(TYPE, form.length)
                    .getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(form, 0, 500);
            Awaitility.await().until(() -> begun.get() == 1);
        }
        Awaitility.await().atMost(SILENCE.dividedBy(2)).until(() -> ended.get() == 1);
    }

    @Test
    void aClientIsNotToBlameWhereThisProcessStoodStill() throws Exception {
        Duration silence = Duration.ofMillis(100);
        CompletableFuture<Void> sent = new CompletableFuture<>();
        HttpServer standing = serve(silence, () -> {
            sent.join();
            LockSupport.parkNanos(silence.multipliedBy(5).toNanos());
        });
        byte[] body = {'x'};
        try (Socket socket = new Socket("127.0.0.1", standing.actualPort())) {
            socket.getOutputStream().write("POST / HTTP/1.1\r\nHost: it\r\nConnection: close\r\nContent-Type: image/jpeg\r\nContent-Length: 1\r\n\r\n"
                    .getBytes(StandardCharsets.UTF_8));
            Awaitility.await().until(() -> begun.get() == 1);
            socket.getOutputStream().write(body);
            sent.complete(null);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.endsWith("null:1:" + Digests.hex(updated(body))), answer);
        }
    }

    private String inTwoPackets(byte[] form, int cut) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.actualPort())) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            out.write("POST / HTTP/1.1\r\nHost: it\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n".formatted(TYPE, form.length)
                    .getBytes(StandardCharsets.UTF_8));
            out.write(form, 0, cut);
            out.flush();
            Thread.sleep(30);
            out.write(form, cut, form.length - cut);
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void ofSeveralPartsOneMayBeEmpty() throws Exception {
        assertEquals("a:0:%s,b:1:%s".formatted(Digests.hex(updated(new byte[0])), Digests.hex(updated(new byte[] {'x'}))),
                post(TYPE, BodyPublishers.ofByteArray(form(part("a", new byte[0]), part("b", new byte[] {'x'})))));
        assertEquals("empty-body", post(TYPE, BodyPublishers.ofByteArray(form(part("a", new byte[0]), part("b", new byte[0])))));
    }

    @Test
    void aFormOfMorePartsThanAnybodyNeedsIsMalformed() throws Exception {
        byte[] field = "--bound\r\nContent-Disposition: form-data; name=\"ballast\"\r\n\r\n\r\n--bound--\r\n".getBytes(StandardCharsets.UTF_8);
        byte[][] fields = IntStream.range(0, 1_400).mapToObj(i -> field).toArray(byte[][]::new);
        assertEquals("malformed-request", post(TYPE, BodyPublishers.ofByteArray(form(fields))));
        assertEquals("malformed-request", post(TYPE, BodyPublishers.ofByteArray(form(IntStream.range(0, 4).mapToObj(i -> part("a", new byte[1])).toArray(byte[][]::new)))));
    }

    @Test
    void aNameComesAsItWasSent() throws Exception {
        for (String name : List.of("é ü.jpg", "a;b=c.jpg", "C:\\x.jpg", "a\0b.jpg", "n".repeat(2_000))) {
            assertEquals(name + ":1:" + Digests.hex(updated(new byte[] {'x'})),
                    post(TYPE, BodyPublishers.ofByteArray(part(name, new byte[] {'x'}))));
        }
        String sent = "--bound\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''%C3%A9%20%C3%BC.jpg\r\n\r\nx\r\n--bound--\r\n";
        assertEquals("é ü.jpg:1:" + Digests.hex(updated(new byte[] {'x'})), post(TYPE, BodyPublishers.ofString(sent)));
        assertEquals("malformed-request", post(TYPE, BodyPublishers.ofByteArray(part("n".repeat(20_000), new byte[] {'x'}))));
    }

    @Test
    void aFormThatEndsBeforeItsBoundaryIsIncomplete() throws Exception {
        byte[] form = part("a", new byte[100]);
        for (int missing : List.of(20, 14, 8, 4)) {
            assertEquals("upload-incomplete", post(TYPE, BodyPublishers.ofByteArray(form, 0, form.length - missing)), missing + " bytes are missing");
        }
        assertEquals("malformed-request", post(TYPE, BodyPublishers.ofString("--bound")));
    }

    @Test
    void aDiskThatTakesNothingIsNotTheSendersFault() throws Exception {
        Files.createFile(temp.resolve("no-folder"));
        spool = folder -> temp.resolve("no-folder");
        assertEquals("unavailable", post("image/jpeg", BodyPublishers.ofByteArray(new byte[1])));
        assertEquals("unavailable", post(TYPE, BodyPublishers.ofByteArray(part("a", new byte[1]))));
    }

    @Test
    void aFormWithinAFormIsAPartLikeAnyOther() throws Exception {
        byte[] inner = "--in\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--in--".getBytes(StandardCharsets.UTF_8);
        String head = "--bound\r\nContent-Type: multipart/mixed; boundary=in\r\nContent-Disposition: form-data; name=\"file\"";
        String tail = "\r\n\r\n" + new String(inner, StandardCharsets.UTF_8) + "\r\n--bound--\r\n";
        assertEquals("no-file", post(TYPE, BodyPublishers.ofString(head + tail)));
        assertEquals("b:%d:%s".formatted(inner.length, Digests.hex(updated(inner))), post(TYPE, BodyPublishers.ofString(head + "; filename=b" + tail)));
    }

    private static byte[] form(byte[]... parts) {
        String end = "--bound--\r\n";
        return (Arrays.stream(parts).map(part -> new String(part, StandardCharsets.UTF_8).replace(end, "")).collect(Collectors.joining()) + end)
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aFormWithoutBoundaryIsMalformed() throws Exception {
        assertEquals("malformed-request", post("multipart/form-data", BodyPublishers.ofByteArray(part("a", new byte[1]))));
        assertEquals("malformed-request", post("multipart/form-data; boundary=", BodyPublishers.ofByteArray(part("a", new byte[1]))));
        assertEquals("malformed-request", post(TYPE, BodyPublishers.ofByteArray("--bound\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed\r\n\r\n--bound--\r\n"
                .getBytes(StandardCharsets.UTF_8))));
        assertEquals("malformed-request", post("multipart/form-data; charset=utf-8; boundary=\"\"", BodyPublishers.ofByteArray(part("a", new byte[1]))));
    }

    private String post(String type, HttpRequest.BodyPublisher body) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/")).header("Content-Type", type)
                .timeout(Duration.ofSeconds(60)).POST(body).build(), BodyHandlers.ofString()).body();
    }

    private static HttpRequest.BodyPublisher chunked(byte[] body) {
        return BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body));
    }

    private static byte[] part(String name, byte[] body) {
        return ("--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: image/jpeg\r\n\r\n"
                + new String(body, StandardCharsets.UTF_8) + "\r\n--bound--\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest updated(byte[] body) {
        var digest = Digests.sha256();
        digest.update(body);
        return digest;
    }
}

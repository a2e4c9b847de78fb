package io.safelight.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that the embedded store never gives, spoken by a bare HTTP server. */
class ObjectStoreFailureTest {
    record Answer(int status, String body) {}

    private HttpServer server;
    private ObjectStore store;
    private Function<String, Answer> script;
    private final List<String> signed = new CopyOnWriteArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();

    @TempDir
    Path folder;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        store = new ObjectStore(ObjectStore.client(URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "us-east-1", "a", "b",
                (operation, tier, bytes, took, answered) -> told.add(operation + (answered ? "" : " failed"))), "bucket");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @CsvSource({"500,InternalError,Unavailable", "503,SlowDown,Unavailable", "507,InsufficientStorage,Unavailable", "429,TooManyRequests,Unavailable",
            "400,RequestTimeout,Unavailable", "409,ConditionalRequestConflict,Unavailable", "401,Unauthorized,Unavailable", "403,AccessDenied,Overtaken",
            "403,InvalidAccessKeyId,Unavailable", "404,NoSuchBucket,Unavailable", "403,InvalidObjectState,Fault", "400,InvalidRequest,Fault",
            "501,NotImplemented,Fault"})
    void everyRefusalEndsInTheVocabulary(int status, String code, String word) {
        script = request -> new Answer(status, "<Error><Code>%s</Code><Message>m</Message></Error>".formatted(code));
        SafelightException e = assertThrows(SafelightException.class, () -> store.put("k", new byte[9], "text/plain"));
        assertEquals(word, e.getClass().getSimpleName());
        assertTrue(e.getMessage().contains("bucket/k"), e.getMessage());
        assertThrows(e.getClass(), () -> store.list("p").findFirst());
        // the answer to a HEAD has no body
        script = request -> request.startsWith("HEAD") ? new Answer(status, "") : new Answer(status, "<Error><Code>%s</Code></Error>".formatted(code));
        if (status == 403) {
            assertThrows(e.getClass(), () -> store.head("k"));
        }
    }

    @ParameterizedTest
    @CsvSource({"500,InternalError,false", "507,InsufficientStorage,false", "403,AccessDenied,false", "404,NoSuchKey,true", "412,PreconditionFailed,true"})
    void aRefusalThatIsNoAnswerCountsAsFailedOnceForAllItsAttempts(int status, String code, boolean answered) {
        script = request -> new Answer(status, "<Error><Code>%s</Code><Message>m</Message></Error>".formatted(code));
        try {
            store.putIfUnchanged("k", new byte[9], "text/plain", "e");
        } catch (SafelightException e) {
            assertFalse(e.getMessage().isEmpty());
        }
        assertEquals(List.of(answered ? "WRITE" : "WRITE failed"), told);
    }

    @Test
    void aStoreThatIsDownIsUnavailable() {
        server.stop(0);
        assertThrows(Unavailable.class, () -> store.head("k"));
        assertEquals(List.of("LOOK failed"), told);
        assertThrows(Unavailable.class, () -> store.list("k").count());
        assertThrows(Unavailable.class, () -> store.delete("k"));
    }

    @Test
    void anObjectCutShortIsUnavailableAndLeavesNoFile() {
        script = request -> new Answer(-1, "half of it");
        Path target = folder.resolve("t");
        assertThrows(Unavailable.class, () -> store.get("k", target));
        assertFalse(Files.exists(target));
    }

    @Test
    void anObjectThatCouldNotBeDeletedIsNotPassedOverAndHoldsUpNoOther() {
        script = request -> request.contains("versioning") ? new Answer(501, "")
                : new Answer(200, "<DeleteResult><Error><Key>raw/1</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>");
        assertTrue(assertThrows(Overtaken.class, () -> store.delete("raw/1")).getMessage().contains("raw/1"));
    }

    @Test
    void bytesForAStoreInThisMachineGoAsTheyAreAndUnsigned() {
        List<String> seen = new CopyOnWriteArrayList<>();
        script = request -> {
            seen.add(request);
            return new Answer(200, "");
        };
        store.put("k", "pixels".getBytes(StandardCharsets.UTF_8), "text/plain");
        assertEquals(List.of("PUT /bucket/k\npixels"), seen);
        assertEquals(List.of("UNSIGNED-PAYLOAD"), signed);
    }

    @ParameterizedTest
    @CsvSource({"http://127.0.0.1:9000,true", "http://localhost,true", "http://[::1]:9000,true", "https://localhost:9000,false", "http://minio:9000,false",
            "http://127.0.0.1.example.org,false"})
    void bytesThatLeaveThisMachineInTheOpenAreSigned(URI endpoint, boolean unsigned) {
        assertEquals(unsigned, UnsignedBodies.suit(endpoint));
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String request = exchange.getRequestMethod() + " " + exchange.getRequestURI() + "\n"
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            signed.add(exchange.getRequestHeaders().getFirst("x-amz-content-sha256"));
            Answer answer = script.apply(request);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/xml");
            if (answer.status() < 0) {
                exchange.sendResponseHeaders(200, body.length * 2L);
            } else {
                exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            }
            exchange.getResponseBody().write(body);
        }
    }
}

package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.camel.StoreClients;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.store.Content;
import io.safelight.store.ObjectStore;
import io.safelight.store.StoreListener;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** Whoever hands objects over is to notice nothing of it. */
class HandOverClientTest {
    private static final String PRIVATE = "hidden";
    private static final String PUBLIC = "open";

    @TempDir
    static Path temp;
    private static EmbeddedStore store;
    private static Path file;
    private static byte[] bytes;

    /** What went over HTTP all the same. */
    private final List<String> sent = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final StoreListener listener = (operation, tier, size, took, answered) -> told.add(operation + " " + tier + " " + size + " " + answered);

    @BeforeAll
    static void start() throws IOException {
        store = EmbeddedStore.start(DataFolder.open(temp.resolve("data")), 0, PRIVATE, PUBLIC);
        bytes = new byte[300_000];
        new Random(7).nextBytes(bytes);
        file = Files.write(temp.resolve("file"), bytes);
    }

    @AfterAll
    static void stop() {
        store.close();
    }

    @BeforeEach
    void objects() throws IOException {
        try (S3Client s3 = overHttp("metadata", StoreListener.NOBODY)) {
            new ObjectStore(s3, PRIVATE).put("master/there", file, "image/jpeg", Map.of("sha256", "ab", "origin", "Übung"));
            new ObjectStore(s3, PUBLIC).delete("copy", "raw/new");
            new ObjectStore(s3, PRIVATE).delete("raw/new");
        }
        Files.setLastModifiedTime(temp.resolve("data/buckets/" + PRIVATE + "/master/there"), FileTime.from(Instant.parse("2026-01-02T03:04:05.678Z")));
    }

    @Test
    void whatSucceedsIsNotSent() throws IOException {
        try (S3Client s3 = inside("metadata")) {
            ObjectStore hidden = new ObjectStore(s3, PRIVATE);
            ObjectStore open = new ObjectStore(s3, PUBLIC);
            hidden.put("raw/new", file, "image/png", Map.of("origin", "http"));
            assertTrue(hidden.get("raw/new", temp.resolve("back")).isPresent());
            assertArrayEquals(bytes, Files.readAllBytes(temp.resolve("back")));
            assertEquals("image/png", hidden.head("raw/new").orElseThrow().contentType());
            assertTrue(hidden.copyTo(open, "raw/new", "copy", hidden.head("raw/new").orElseThrow().etag()));
            assertEquals(List.of(), sent);
            assertEquals(List.of("WRITE RAW 300000 true", "READ null 0 true", "LOOK null 0 true", "LOOK null 0 true", "COPY null 0 true"), told);
            open.delete("copy");
            assertTrue(open.head("copy").isEmpty());
        }
    }

    /** Each asked of a client that sends and of one that hands over. */
    static Stream<Arguments> questions() {
        return Stream.of(
                question("head", "metadata", s3 -> new ObjectStore(s3, PRIVATE).head("master/there")),
                question("head of none", "metadata", s3 -> new ObjectStore(s3, PRIVATE).head("master/none")),
                question("head without the right", "serving", s3 -> new ObjectStore(s3, PRIVATE).head("master/there")),
                question("head in no bucket", "metadata", s3 -> new ObjectStore(s3, "elsewhere").head("master/there")),
                question("head of what did not change", "metadata", s3 -> s3.headObject(r -> r.bucket(PRIVATE).key("master/there")
                        .ifNoneMatch(new ObjectStore(s3, PRIVATE).head("master/there").orElseThrow().etag())).contentLength()),
                question("read", "moderation", s3 -> read(new ObjectStore(s3, PRIVATE), "master/there")),
                question("read none", "moderation", s3 -> read(new ObjectStore(s3, PRIVATE), "master/none")),
                question("read without the right", "moderation", s3 -> read(new ObjectStore(s3, PRIVATE), "raw/there")),
                question("read above the bucket", "metadata", s3 -> read(new ObjectStore(s3, PRIVATE), "../" + PRIVATE + "/master/there")),
                question("read as bytes", "metadata", s3 -> s3.getObjectAsBytes(r -> r.bucket(PRIVATE).key("master/there")).asByteArray().length),
                question("read a range", "metadata", s3 -> s3.getObject(r -> r.bucket(PRIVATE).key("master/there").range("bytes=0-9")).response().contentRange()),
                question("read what did not change", "metadata", s3 -> s3.getObject(r -> r.bucket(PRIVATE).key("master/there")
                        .ifNoneMatch(new ObjectStore(s3, PRIVATE).head("master/there").orElseThrow().etag())).response().contentLength()),
                question("write", "ingress", s3 -> new ObjectStore(s3, PRIVATE).putIfAbsent("raw/new", file, "image/png", Map.of())),
                question("write what is there", "metadata", s3 -> new ObjectStore(s3, PRIVATE).putIfAbsent("master/there", file, "image/png", Map.of())),
                question("write without the right", "serving", s3 -> new ObjectStore(s3, PUBLIC).putIfAbsent("raw/new", file, "image/png", Map.of())),
                question("write over what is there", "metadata", s3 -> new ObjectStore(s3, PRIVATE).putIfUnchanged("master/there", bytes, "image/png",
                        new ObjectStore(s3, PRIVATE).head("master/there").orElseThrow().etag())),
                question("write over another", "metadata", s3 -> new ObjectStore(s3, PRIVATE).putIfUnchanged("master/there", new byte[9], "image/png", "\"other\"")),
                question("write bytes that are not all there", "metadata", s3 -> s3.putObject(r -> r.bucket(PRIVATE).key("raw/new"),
                        RequestBody.fromContentProvider(() -> new ByteArrayInputStream(bytes, 0, 10), 20, "image/png")).eTag()),
                question("write bytes that are not those", "metadata", s3 -> s3.putObject(r -> r.bucket(PRIVATE).key("raw/new").contentMD5("1B2M2Y8AsgTpgAmY7PhCfg=="),
                        RequestBody.fromBytes(bytes)).eTag()),
                question("write, and the answer", "metadata", s3 -> s3.putObject(r -> r.bucket(PRIVATE).key("raw/new"), RequestBody.fromBytes(bytes)).eTag()),
                question("write with names in capitals", "metadata", s3 -> {
                    s3.putObject(r -> r.bucket(PRIVATE).key("raw/new").contentType("image/png").metadata(Map.of("Origin", "http")), RequestBody.fromBytes(bytes));
                    return s3.headObject(r -> r.bucket(PRIVATE).key("raw/new")).metadata();
                }),
                question("write without a type", "metadata", s3 -> {
                    s3.putObject(r -> r.bucket(PRIVATE).key("raw/new"), RequestBody.fromFile(file));
                    return new ObjectStore(s3, PRIVATE).head("raw/new").orElseThrow().contentType();
                }),
                question("write an empty object", "metadata", s3 -> {
                    s3.putObject(r -> r.bucket(PRIVATE).key("raw/new").contentType("image/png"), RequestBody.empty());
                    return read(new ObjectStore(s3, PRIVATE), "raw/new").replaceAll("modified=[^,]+", "");
                }),
                question("copy", "metadata", s3 -> new ObjectStore(s3, PRIVATE).copyTo(new ObjectStore(s3, PUBLIC), "master/there", "copy")),
                question("copy none", "metadata", s3 -> new ObjectStore(s3, PRIVATE).copyTo(new ObjectStore(s3, PUBLIC), "master/none", "copy")),
                question("copy another", "metadata", s3 -> new ObjectStore(s3, PRIVATE).copyTo(new ObjectStore(s3, PUBLIC), "master/there", "copy", "\"other\"")),
                question("copy without the right", "processing", s3 -> new ObjectStore(s3, PRIVATE).copyTo(new ObjectStore(s3, PUBLIC), "master/there", "copy")),
                question("a key too long for a file", "metadata", s3 -> new ObjectStore(s3, PRIVATE).putIfUnchanged("raw/" + "x".repeat(300), new byte[9], "image/png", null)));
    }

    private static Arguments question(String name, String group, Function<S3Client, Object> ask) {
        return Arguments.of(name, group, ask);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("questions")
    void theAnswerIsTheOneOverHttp(String name, String group, Function<S3Client, Object> ask) throws IOException {
        String expected;
        try (S3Client s3 = overHttp(group, listener)) {
            expected = answer(s3, ask);
        }
        List<String> toldOfHttp = List.copyOf(told);
        told.clear();
        objects();
        try (S3Client s3 = inside(group)) {
            assertEquals(expected, answer(s3, ask));
        }
        assertEquals(toldOfHttp, told);
        // a connection that broke off is noticed a moment later
        Awaitility.await("nothing half-written is left").ignoreExceptionsInstanceOf(UncheckedIOException.class).until(HandOverClientTest::halfWritten, List.of()::equals);
    }

    private static List<Path> halfWritten() throws IOException {
        try (Stream<Path> files = Files.walk(temp.resolve("data/buckets"))) {
            return files.filter(f -> DurableBlobStore.isHalfWritten(f.getFileName().toString())).toList();
        }
    }

    @Test
    void anObjectThatIsNotReadToItsEndIsClosed() throws Exception {
        try (S3Client s3 = inside("moderation")) {
            readABitOfTwo(s3);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatIsNotReadToItsEndIsNotLeftOpen() throws Exception {
        try (S3Client s3 = inside("moderation"); ResponseInputStream<?> unread = s3.getObject(r -> r.bucket(PRIVATE).key("master/there"))) {
            assertTrue(openFiles().anyMatch(open -> open.endsWith("master/there")), "it would be seen");
            unread.close();
            readABitOfTwo(s3);
        }
        assertFalse(openFiles().anyMatch(open -> open.endsWith("master/there")), "a file that nobody closed");
    }

    private static void readABitOfTwo(S3Client s3) throws IOException {
        Content content = new ObjectStore(s3, PRIVATE).stream("master/there").orElseThrow();
        content.read();
        content.close();
        assertThrows(IOException.class, content::read);
        ResponseInputStream<GetObjectResponse> raw = s3.getObject(r -> r.bucket(PRIVATE).key("master/there"));
        raw.abort();
        assertThrows(IOException.class, raw::read);
    }

    private static Stream<Path> openFiles() throws IOException {
        List<Path> open = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : files.toList()) {
                try {
                    open.add(Files.readSymbolicLink(descriptor));
                } catch (IOException e) {
                    // closed meanwhile
                }
            }
        }
        return open.stream();
    }

    @Test
    void whoHasNoKeyOrIsElsewhereIsGivenTheirOwnClient() {
        Map<String, String> settings = store.settings();
        String key = TestS3.accessKey(settings, "serving");
        try (S3Client s3 = overHttp("serving", listener)) {
            assertSame(s3, HandOverClient.of(s3, settings.get("safelight.store.endpoint"), key, "guessed", listener));
            assertSame(s3, HandOverClient.of(s3, settings.get("safelight.store.endpoint"), "nobody", "guessed", listener));
            assertSame(s3, HandOverClient.of(s3, "http://127.0.0.1:1", key, TestS3.secretKey(settings, "serving"), listener));
        }
    }

    @Test
    void aStoreThatIsClosedIsGivenNothingMore() {
        EmbeddedStore closed = EmbeddedStore.start(DataFolder.open(temp.resolve("closed")), 0, PRIVATE, PUBLIC);
        Map<String, String> settings = closed.settings();
        try (S3Client s3 = StoreClients.of(ServerProcess.config(temp, settings).store(), "ingress", listener)) {
            ObjectStore raw = new ObjectStore(s3, PRIVATE);
            raw.put("raw/before", file, "image/png", Map.of());
            assertInstanceOf(HandOverClient.class, s3, "the application hands over");
            closed.close();
            assertThrows(Unavailable.class, () -> raw.put("raw/after", file, "image/png", Map.of()));
        }
        assertTrue(Files.exists(temp.resolve("closed/buckets/" + PRIVATE + "/raw/before")));
        assertFalse(Files.exists(temp.resolve("closed/buckets/" + PRIVATE + "/raw/after")));
    }

    private static String answer(S3Client s3, Function<S3Client, Object> ask) {
        try {
            return String.valueOf(ask.apply(s3));
        } catch (SafelightException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName();
        }
    }

    private static String read(ObjectStore store, String key) {
        return store.stream(key).map(content -> {
            try (content) {
                return content.readAllBytes().length + " bytes, " + content.stored();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).orElse("none");
    }

    private static S3Client overHttp(String group, StoreListener listener) {
        Map<String, String> settings = store.settings();
        return ObjectStore.client(URI.create(settings.get("safelight.store.endpoint")), "us-east-1",
                TestS3.accessKey(settings, group), TestS3.secretKey(settings, group), listener);
    }

    private S3Client inside(String group) {
        S3Client watched = new DelegatingS3Client(overHttp(group, listener)) {
            @Override
            public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
                sent.add("put " + request.key());
                return super.putObject(request, body);
            }

            @Override
            public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> reader) {
                sent.add("get " + request.key());
                return super.getObject(request, reader);
            }

            @Override
            public HeadObjectResponse headObject(HeadObjectRequest request) {
                sent.add("head " + request.key());
                return super.headObject(request);
            }

            @Override
            public CopyObjectResponse copyObject(CopyObjectRequest request) {
                sent.add("copy " + request.sourceKey());
                return super.copyObject(request);
            }
        };
        return TestS3.handingOver(watched, store.settings(), group, listener);
    }
}

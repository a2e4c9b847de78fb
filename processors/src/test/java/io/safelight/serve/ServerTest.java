package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.serve.Server.Answer;
import io.safelight.serve.Server.Found;
import io.safelight.serve.Server.NotModified;
import io.safelight.serve.Server.Request;
import io.safelight.store.ObjectStore;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

class ServerTest {
    private static final Instant NOW = Instant.parse("2025-06-01T12:00:00Z");

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final UUID id = Ids.timeOrdered();
    private final List<String> served = new CopyOnWriteArrayList<>();
    private ObjectStore bucket;
    private Server server;

    @BeforeEach
    void start() {
        bucket = TestStore.newBucket();
        server = server(bucket, List.of());
    }

    private Server server(ObjectStore store, List<String> keys) {
        return new Server(store, new Links(keys, Duration.ofHours(1)), folder, 1_000_000, Duration.ofSeconds(1), Duration.ofSeconds(60),
                Optional.empty(), (manifest, cached) -> served.add(manifest.id() + (cached ? " again" : "")), nanos::get);
    }

    @Test
    void theClientGetsTheBestOfWhatItTakes() throws Exception {
        publish("");
        assertEquals("thumb avif", body(server.serve(request("thumb", null, "image/avif,image/webp,*/*;q=0.8"))));
        assertEquals("thumb jpeg", body(server.serve(request("thumb", null, "image/jpeg"))));
        Found found = (Found) server.serve(request("thumb", "webp", "image/jpeg"));
        assertEquals("image/webp", found.contentType());
        assertEquals(10, found.bytes());
        assertEquals("\"" + Studio.sha256("thumb webp".getBytes()) + "\"", found.etag());
        assertEquals(Duration.ofSeconds(60), found.maxAge());
        assertEquals("thumb webp", body(found));
    }

    @Test
    void tellsWhetherWhatItServesLayInTheCache() throws Exception {
        publish("");
        String etag = server.serve(request("thumb", "webp", null)).etag();
        body(server.serve(request("thumb", "webp", null)));
        server.serve(conditional(etag));
        body(server.serve(request("thumb", "jpeg", null)));
        assertEquals(List.of(id.toString(), id + " again", id.toString()), served, "nothing is sent to a client that has it");
    }

    @Test
    void everyProblemHasItsCode() {
        assertRefused(Code.NOT_FOUND, request("thumb", null, null));
        publish("");
        assertRefused(Code.NOT_FOUND, request("poster", null, null));
        assertRefused(Code.NOT_FOUND, request("../thumb", null, null));
        assertRefused(Code.NOT_FOUND, request("resize:width=320", null, null), "nothing is made here");
        assertRefused(Code.NOT_ACCEPTABLE, request("thumb", null, "image/gif"));
        assertRefused(Code.NOT_ACCEPTABLE, request("thumb", "png", null));
        assertRefused(Code.BAD_PARAMETER, request("thumb", "exe", null));
        withdraw();
        pass(Duration.ofSeconds(1));
        assertRefused(Code.WITHDRAWN, request("thumb", null, null));
        assertRefused(Code.WITHDRAWN, request("poster", null, null));
    }

    @Test
    void whatWasTakenDownIsGoneUntilItIsShownAgain() throws Exception {
        publish("");
        body(server.serve(request("thumb", "webp", null)));
        write(Manifest.takenDown(id, NOW).fenced(2));
        pass(Duration.ofSeconds(1));
        assertRefused(Code.WITHDRAWN, request("thumb", "webp", null));
        publish("");
        pass(Duration.ofSeconds(1));
        assertEquals("thumb webp", body(server.serve(request("thumb", "webp", null))));
    }

    @Test
    void aClientThatHasItIsToldSo() {
        publish("");
        String etag = server.serve(request("thumb", "webp", null)).etag();
        for (String header : List.of(etag, "W/" + etag, "\"other\", " + etag, "*")) {
            assertInstanceOf(NotModified.class, server.serve(conditional(header)));
        }
        for (String header : List.of("\"other\"", etag.replace("\"", ""), "")) {
            assertInstanceOf(Found.class, server.serve(conditional(header)));
        }
        withdraw();
        pass(Duration.ofSeconds(1));
        assertRefused(Code.WITHDRAWN, conditional(etag));
    }

    @Test
    void aWithdrawnImageIsShownNoLongerThanItsManifestIsBelieved() throws Exception {
        publish("");
        body(server.serve(request("thumb", "webp", null)));
        withdraw();
        pass(Duration.ofMillis(999));
        assertEquals("thumb webp", body(server.serve(request("thumb", "webp", null))), "believed, and cached");
        assertRefused(Code.WITHDRAWN, request("thumb", "avif", null), "not cached: the missing object makes it look again");
        pass(Duration.ofMillis(1));
        assertRefused(Code.WITHDRAWN, request("thumb", "webp", null));
    }

    @Test
    void anImageThatIsTakenDownIsNotFoundThoughItsFilesAreCached() throws Exception {
        publish("");
        body(server.serve(request("thumb", "webp", null)));
        bucket.delete(Manifest.key(id));
        pass(Duration.ofSeconds(1));
        assertRefused(Code.NOT_FOUND, request("thumb", "webp", null));
        publish("");
        assertEquals("thumb webp", body(server.serve(request("thumb", "webp", null))), "at once, once it is back");
    }

    @Test
    void anImageRenderedAnewIsServedWithoutAGap() throws Exception {
        publish("");
        body(server.serve(request("thumb", "webp", null)));
        bucket.delete(bucket.list(id + "/").map(o -> o.key()).toList());
        publish(" again");
        assertEquals("thumb avif again", body(server.serve(request("thumb", "avif", null))));
    }

    @Test
    void aStoreThatDoesNotAnswerIsUnavailableOnceTheManifestIsTooOld() throws Exception {
        publish("");
        AtomicInteger down = new AtomicInteger();
        ObjectStore flaky = new ObjectStore(client(new ExecutionInterceptor() {
            @Override
            public software.amazon.awssdk.http.SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest context, ExecutionAttributes a) {
                return down.get() == 0 ? context.httpRequest() : context.httpRequest().toBuilder().port(1).build();
            }
        }), bucket.bucket());
        Server cut = server(flaky, List.of());
        body(cut.serve(request("thumb", "webp", null)));
        down.set(1);
        assertEquals("thumb webp", body(cut.serve(request("thumb", "webp", null))));
        assertThrows(Unavailable.class, () -> cut.serve(request("thumb", "avif", null)));
        pass(Duration.ofSeconds(1));
        assertThrows(Unavailable.class, () -> cut.serve(request("thumb", "webp", null)));
        down.set(0);
        assertEquals("thumb webp", body(cut.serve(request("thumb", "webp", null))));
    }

    @Test
    void manyRequestsForOneImageReadItOnce() throws Exception {
        publish("");
        AtomicInteger reads = new AtomicInteger();
        Server counted = server(new ObjectStore(client(new ExecutionInterceptor() {
            @Override
            public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes a) {
                if (context.request() instanceof GetObjectRequest) {
                    reads.incrementAndGet();
                }
            }
        }), bucket.bucket()), List.of());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> reader = () -> body(counted.serve(request("thumb", "webp", null)));
            for (var answer : threads.invokeAll(IntStream.range(0, 64).mapToObj(i -> reader).toList())) {
                assertEquals("thumb webp", answer.get());
            }
        }
        assertEquals(2, reads.get(), "the manifest and the variant");
    }

    @Test
    void aManifestThatAnotherReadBetweenALookAndTheFlightIsNotReadAgain() {
        publish("");
        AtomicReference<Runnable> between = new AtomicReference<>(() -> { });
        Manifests manifests = new Manifests(bucket, Duration.ofSeconds(1), () -> {
            between.getAndSet(() -> { }).run();
            return nanos.get();
        });
        manifests.get(id);
        pass(Duration.ofSeconds(1));
        between.set(() -> {
            manifests.get(id);
            withdraw();
        });

        assertFalse(manifests.get(id).orElseThrow().withdrawn());
    }

    @Test
    void bytesThatAreNotTheOnesPublishedAreNeverServed() {
        publish("");
        Manifest manifest = manifest("");
        bucket.put(manifest.variants().getFirst().key(), "tampered".getBytes(), "image/avif");
        assertThrows(Fault.class, () -> server.serve(request("thumb", "avif", null)));
    }

    @Test
    void whereLinksAreSignedOnlyASignedOneWorksAndItsAnswerOutlivesItNot() throws Exception {
        publish("");
        Server signed = server(bucket, List.of("k:a-secret-of-some-length"));
        Links links = new Links(List.of("k:a-secret-of-some-length"), Duration.ofHours(1));
        assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class, () -> signed.serve(request("thumb", null, null))).code());
        String[] q = links.sign(Links.path(id, "thumb"), NOW.plusSeconds(20)).split("[=&]");
        Answer answer = signed.serve(new Request(id, "thumb", null, null, null, q[1], q[3], q[5], NOW));
        assertEquals(Duration.ofSeconds(20), answer.maxAge());
        assertEquals("thumb jpeg", body(answer));
        assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class,
                () -> signed.serve(new Request(id, "large", null, null, null, q[1], q[3], q[5], NOW))).code());
        // an unknown image is not told to whoever has no link to it
        assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class,
                () -> signed.serve(new Request(Ids.timeOrdered(), "thumb", null, null, null, q[1], q[3], q[5], NOW))).code());
    }

    @Test
    void aManifestIsTheJsonOfTheContract() throws Exception {
        publish("");
        var json = Json.MAPPER.readTree(Json.MAPPER.writeValueAsBytes(manifest("")));
        assertEquals(Stream.of("v", "id", "publishedAt", "variants").toList(), json.properties().stream().map(p -> p.getKey()).toList());
        assertEquals("{\"v\":1,\"id\":\"" + id + "\",\"withdrawnAt\":\"2025-06-01T12:00:00Z\",\"variants\":[]}",
                Json.MAPPER.writeValueAsString(Manifest.tombstone(id, NOW)));
        assertEquals("{\"v\":1,\"id\":\"" + id + "\",\"fence\":7,\"takenDownAt\":\"2025-06-01T12:00:00Z\",\"variants\":[]}",
                Json.MAPPER.writeValueAsString(Manifest.takenDown(id, NOW).fenced(7)));
        assertTrue(Json.MAPPER.readValue("{\"v\":1,\"withdrawnAt\":\"2025-06-01T12:00:00Z\"}", Manifest.class).withdrawn());
    }

    // ----

    private Manifest manifest(String edition) {
        List<Variant> variants = Stream.of(Format.AVIF, Format.WEBP, Format.JPEG).map(format -> {
            byte[] bytes = ("thumb " + format.slug() + edition).getBytes();
            String sha256 = Studio.sha256(bytes);
            return new Variant("thumb", format, 16, 12, bytes.length, sha256, Variant.stagingKey(id, "thumb", sha256, format));
        }).toList();
        return Manifest.of(id, NOW, variants);
    }

    private void publish(String edition) {
        Manifest manifest = manifest(edition);
        manifest.variants().forEach(v -> bucket.put(v.key(), ("thumb " + v.format().slug() + edition).getBytes(), v.contentType()));
        write(manifest);
    }

    private void withdraw() {
        List<String> keys = bucket.list(id + "/").map(o -> o.key()).toList();
        bucket.delete(keys);
        write(Manifest.tombstone(id, NOW));
    }

    private void write(Manifest manifest) {
        try {
            bucket.put(Manifest.key(id), Json.MAPPER.writeValueAsBytes(manifest), "application/json");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private Request request(String variant, String format, String accept) {
        return new Request(id, variant, format, accept, null, null, null, null, NOW);
    }

    private Request conditional(String ifNoneMatch) {
        return new Request(id, "thumb", "webp", null, ifNoneMatch, null, null, null, NOW);
    }

    private void assertRefused(Code code, Request request, String... why) {
        assertEquals(code, assertThrows(Rejected.class, () -> server.serve(request), String.join("", why)).code());
    }

    private static String body(Answer answer) throws Exception {
        try (InputStream body = ((Found) answer).body()) {
            return new String(body.readAllBytes());
        }
    }

    private static S3Client client(ExecutionInterceptor interceptor) {
        var known = TestStore.client().serviceClientConfiguration();
        return S3Client.builder().endpointOverride(known.endpointOverride().orElseThrow()).region(known.region())
                .credentialsProvider(known.credentialsProvider()).forcePathStyle(true)
                .overrideConfiguration(c -> c.addExecutionInterceptor(interceptor)).build();
    }
}

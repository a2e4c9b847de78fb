package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

class EmbeddedStoreTest {
    static final String PRIVATE = "safelight-private";
    static final String PUBLIC = "safelight-public";

    @TempDir
    static Path temp;
    static EmbeddedStore store;
    static S3Client metadata;

    @BeforeAll
    static void start() {
        store = EmbeddedStore.start(DataFolder.open(temp.resolve("shared")), 0, PRIVATE, PUBLIC);
        metadata = as("metadata");
    }

    @AfterAll
    static void stop() {
        metadata.close();
        store.close();
    }

    @Test
    void anObjectComesBackWithItsBytesItsTypeAndItsUserMetadata() {
        var key = "raw/" + UUID.randomUUID();
        var bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        metadata.putObject(r -> r.bucket(PRIVATE).key(key).contentType("image/jpeg").metadata(Map.of("sha256", "ab", "origin", "http")),
                RequestBody.fromBytes(bytes));
        var back = metadata.getObjectAsBytes(r -> r.bucket(PRIVATE).key(key));
        assertArrayEquals(bytes, back.asByteArray(), "the checksum trailer of the SDK is no part of the object");
        assertEquals("image/jpeg", back.response().contentType());
        assertEquals(Map.of("sha256", "ab", "origin", "http"), back.response().metadata());
        assertEquals(bytes.length, metadata.headObject(r -> r.bucket(PRIVATE).key(key)).contentLength());
    }

    @Test
    void aRangeOfAnObjectCanBeRead() {
        put(metadata, PUBLIC, "ranged", "0123456789");
        assertEquals("345", metadata.getObjectAsBytes(r -> r.bucket(PUBLIC).key("ranged").range("bytes=3-5")).asUtf8String());
    }

    @Test
    void aCopyBetweenTheBucketsKeepsUserMetadata() {
        metadata.putObject(r -> r.bucket(PRIVATE).key("staging/a/thumb-1.webp").contentType("image/webp").metadata(Map.of("sha256", "cd")),
                RequestBody.fromString("pixels"));
        metadata.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey("staging/a/thumb-1.webp").destinationBucket(PUBLIC).destinationKey("a/thumb-1.webp"));
        var copy = metadata.getObjectAsBytes(r -> r.bucket(PUBLIC).key("a/thumb-1.webp"));
        assertEquals("pixels", copy.asUtf8String());
        assertEquals("image/webp", copy.response().contentType());
        assertEquals(Map.of("sha256", "cd"), copy.response().metadata());
        assertStatus(412, () -> metadata.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey("staging/a/thumb-1.webp").copySourceIfMatch("\"other\"")
                .destinationBucket(PUBLIC).destinationKey("a/thumb-2.webp")));
    }

    @Test
    void aCopyIsTheSameFileUntilOneOfTheTwoIsWrittenAnewOrDeleted() throws Exception {
        var buckets = temp.resolve("shared/buckets");
        put(metadata, PRIVATE, "master/linked", "pixels");
        Instant old = Instant.parse("2026-01-02T03:04:05Z");
        Files.setLastModifiedTime(buckets.resolve(PRIVATE + "/master/linked"), FileTime.from(old));
        for (int i = 0; i < 2; i++) { // again, as after a crash
            metadata.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey("master/linked").destinationBucket(PUBLIC).destinationKey("linked/copy"));
        }
        assertTrue(Files.isSameFile(buckets.resolve(PRIVATE + "/master/linked"), buckets.resolve(PUBLIC + "/linked/copy")), "no second set of bytes");
        assertTrue(metadata.headObject(r -> r.bucket(PUBLIC).key("linked/copy")).lastModified().isAfter(old), "a copy is young");
        assertEquals(List.of("linked/copy"), metadata.listObjectsV2(r -> r.bucket(PUBLIC).prefix("linked/")).contents().stream().map(S3Object::key).toList());
        try (var files = Files.list(buckets.resolve(PUBLIC + "/linked"))) {
            assertEquals(1, files.count(), "nothing half-written is left");
        }

        put(metadata, PRIVATE, "master/linked", "other pixels");
        assertEquals("pixels", get(metadata, PUBLIC, "linked/copy"));
        metadata.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey("master/linked").destinationBucket(PUBLIC).destinationKey("linked/copy"));
        assertEquals("other pixels", get(metadata, PUBLIC, "linked/copy"), "a copy takes the place of what was there");
        metadata.deleteObject(r -> r.bucket(PRIVATE).key("master/linked"));
        assertEquals("other pixels", get(metadata, PUBLIC, "linked/copy"));
        assertStatus(404, () -> metadata.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey("master/linked").destinationBucket(PUBLIC).destinationKey("linked/no")));
    }

    @Test
    void anObjectWrittenOnceIsNotOverwritten() {
        var key = "raw/" + UUID.randomUUID();
        metadata.putObject(r -> r.bucket(PRIVATE).key(key).ifNoneMatch("*"), RequestBody.fromString("first"));
        assertStatus(412, () -> metadata.putObject(r -> r.bucket(PRIVATE).key(key).ifNoneMatch("*"), RequestBody.fromString("second")));
        assertEquals("first", get(metadata, PRIVATE, key));
    }

    @Test
    void aListingFindsEveryObjectOfAPrefixAndADeletionTakesManyAtOnce() {
        for (int i = 0; i < 25; i++) {
            put(metadata, PRIVATE, "listed/" + i, "x");
        }
        var keys = metadata.listObjectsV2Paginator(r -> r.bucket(PRIVATE).prefix("listed/").maxKeys(10)).contents().stream().map(S3Object::key).toList();
        assertEquals(25, keys.size());
        metadata.deleteObjects(r -> r.bucket(PRIVATE).delete(d -> d.objects(keys.stream().map(k -> ObjectIdentifier.builder().key(k).build()).toList())));
        assertTrue(metadata.listObjectsV2(r -> r.bucket(PRIVATE).prefix("listed/")).contents().isEmpty());
        assertStatus(404, () -> metadata.headObject(r -> r.bucket(PRIVATE).key("listed/0")));
    }

    @Test
    void aMultipartUploadIsPutTogetherWhereItsWriterMayWrite() {
        try (var ingress = as("ingress")) {
            multipart(ingress);
            assertStatus(403, () -> ingress.createMultipartUpload(r -> r.bucket(PRIVATE).key("master/parts")));
        }
    }

    private static void multipart(S3Client s3) {
        var upload = s3.createMultipartUpload(r -> r.bucket(PRIVATE).key("raw/parts").metadata(Map.of("origin", "parts"))).uploadId();
        var parts = List.of("a".repeat(5 << 20), "the end");
        var completed = new ArrayList<CompletedPart>();
        for (int i = 1; i <= parts.size(); i++) {
            int number = i;
            var part = s3.uploadPart(r -> r.bucket(PRIVATE).key("raw/parts").uploadId(upload).partNumber(number), RequestBody.fromString(parts.get(i - 1)));
            completed.add(CompletedPart.builder().partNumber(i).eTag(part.eTag()).build());
        }
        s3.completeMultipartUpload(r -> r.bucket(PRIVATE).key("raw/parts").uploadId(upload).multipartUpload(m -> m.parts(completed)));
        assertEquals(String.join("", parts), get(s3, PRIVATE, "raw/parts"));
        assertEquals("parts", s3.headObject(r -> r.bucket(PRIVATE).key("raw/parts")).metadata().get("origin"));
    }

    @Test
    void aPresignedLinkCarriesTheRightsOfItsSigner() throws Exception {
        try (var presigner = TestS3.presigner(store.settings(), "ingress"); var http = HttpClient.newHttpClient()) {
            var allowed = presigner.presignPutObject(p -> p.signatureDuration(Duration.ofMinutes(5)).putObjectRequest(r -> r.bucket(PRIVATE).key("incoming/p")));
            assertEquals(200, put(http, allowed.url().toURI()));
            assertEquals("body", get(metadata, PRIVATE, "incoming/p"));
            var forbidden = presigner.presignPutObject(p -> p.signatureDuration(Duration.ofMinutes(5)).putObjectRequest(r -> r.bucket(PUBLIC).key("p")));
            assertEquals(403, put(http, forbidden.url().toURI()));
        }
    }

    /** The table of the design, spelt out: what is not named here is answered 403. */
    @ParameterizedTest
    @EnumSource(StoreIdentity.class)
    void eachGroupMayDoWhatItsRightsSayAndNothingElse(StoreIdentity identity) {
        var expected = switch (identity) {
            case INGRESS -> Set.of("get private incoming/x", "get private raw/x", "put private incoming/x", "put private raw/x");
            case PROCESSING -> Set.of("get private incoming/x", "get private raw/x", "get private master/x", "get private staging/x",
                    "put private incoming/x", "put private raw/x", "put private master/x", "put private staging/x");
            case MODERATION -> Set.of("get private master/x");
            case METADATA -> all();
            case SERVING -> Set.of("get public x");
            case LIFECYCLE -> Set.of("list private incoming/x", "list private raw/x", "list private master/x", "list private staging/x",
                    "delete private incoming/x", "delete private raw/x", "delete private master/x", "delete private staging/x", "get public x", "list public x");
        };
        var done = new TreeSet<String>();
        try (var s3 = as(identity.group())) {
            for (var action : all()) {
                var words = action.split(" ");
                var bucket = words[1].equals("private") ? PRIVATE : PUBLIC;
                put(metadata, bucket, words[2], "x");
                if (allowed(() -> perform(s3, words[0], bucket, words[2]))) {
                    done.add(action);
                }
            }
        }
        assertEquals(new TreeSet<>(expected), done);
    }

    @Test
    void noGroupLeavesItsPrefixByDotsInAKey() {
        put(metadata, PRIVATE, "master/hidden", "not for ingress");
        try (var ingress = as("ingress")) {
            for (var key : List.of("raw/../master/hidden", "raw/./../master/hidden", "../" + PRIVATE + "/master/hidden", "raw/../../" + PUBLIC + "/x")) {
                assertFalse(allowed(() -> get(ingress, PRIVATE, key)), key);
                assertFalse(allowed(() -> put(ingress, PRIVATE, key, "over it")), key);
                assertFalse(allowed(() -> ingress.copyObject(r -> r.sourceBucket(PRIVATE).sourceKey(key).destinationBucket(PRIVATE).destinationKey("raw/stolen"))), key);
            }
        }
        assertEquals("not for ingress", get(metadata, PRIVATE, "master/hidden"));
    }

    @Test
    void nobodyMakesListsOrRemovesABucketOrOpensOneToThePublic() {
        for (var identity : StoreIdentity.values()) {
            try (var s3 = as(identity.group())) {
                assertStatus(403, s3::listBuckets);
                assertStatus(403, () -> s3.createBucket(r -> r.bucket("another")));
                assertStatus(403, () -> s3.deleteBucket(r -> r.bucket(PUBLIC)));
                assertStatus(403, () -> s3.putBucketAcl(r -> r.bucket(PUBLIC).acl("public-read")));
                assertStatus(403, () -> s3.putObjectAcl(r -> r.bucket(PUBLIC).key("x").acl("public-read")));
            }
        }
    }

    @Test
    void everyOperationThatS3ProxyForwardsIsGuarded() {
        var harmless = Set.of("delegate", "close", "supportsVersioning", "supportsServerSideEncryption", "supportsBucketEncryption", "getMinimumMultipartPartSize");
        var guarded = Arrays.stream(GuardedBlobStore.class.getDeclaredMethods()).map(EmbeddedStoreTest::signature).collect(Collectors.toSet());
        assertEquals(List.of(), Arrays.stream(ForwardingBlobStore.class.getDeclaredMethods())
                .filter(m -> !m.isBridge() && !m.isSynthetic() && !harmless.contains(m.getName()))
                .map(EmbeddedStoreTest::signature).filter(m -> !guarded.contains(m)).toList());
    }

    private static String signature(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }

    @Test
    void requestsWithoutAKnownSignatureAreForbidden() throws Exception {
        put(metadata, PUBLIC, "unsigned", "x");
        try (var http = HttpClient.newHttpClient()) {
            var unsigned = HttpRequest.newBuilder(URI.create(store.address() + "/" + PUBLIC + "/unsigned")).build();
            assertEquals(403, http.send(unsigned, HttpResponse.BodyHandlers.discarding()).statusCode());
        }
        try (var wrong = TestS3.client(store.address(), "safelight-metadata", "guess"); var unknown = TestS3.client(store.address(), "none", "guess")) {
            assertStatus(403, () -> get(wrong, PUBLIC, "unsigned"));
            assertStatus(403, () -> get(unknown, PUBLIC, "unsigned"));
        }
    }

    @Test
    void objectsAndKeysSurviveARestartAndHalfWrittenObjectsAreGone() throws Exception {
        var folder = DataFolder.open(temp.resolve("restart"));
        Map<String, String> before;
        var key = "raw/" + UUID.randomUUID();
        try (var first = EmbeddedStore.start(folder, 0, PRIVATE, PUBLIC); var s3 = TestS3.client(first.settings(), "metadata")) {
            before = first.settings();
            s3.putObject(r -> r.bucket(PRIVATE).key(key).metadata(Map.of("sha256", "ef")), RequestBody.fromString("kept"));
            var half = folder.path().resolve("buckets").resolve(PRIVATE).resolve(key + "-" + UUID.randomUUID());
            Files.writeString(half, "ke");
            assertEquals(List.of(key), s3.listObjectsV2(r -> r.bucket(PRIVATE)).contents().stream().map(S3Object::key).toList());
        }
        try (var second = EmbeddedStore.start(folder, 0, PRIVATE, PUBLIC); var s3 = TestS3.client(second.settings(), "metadata")) {
            assertEquals(before.get("safelight.store.identities.serving.secret-key"), second.settings().get("safelight.store.identities.serving.secret-key"));
            assertEquals("kept", get(s3, PRIVATE, key));
            assertEquals("ef", s3.headObject(r -> r.bucket(PRIVATE).key(key)).metadata().get("sha256"));
        }
        try (var files = Files.list(folder.path().resolve("buckets").resolve(PRIVATE).resolve("raw"))) {
            assertEquals(1, files.count(), "what a killed process left half-written is removed");
        }
    }

    @Test
    void secretsAreTheOwnersAlone() throws Exception {
        var file = temp.resolve("shared/serving.secret-key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
        assertEquals(StoreIdentity.values().length, Set.copyOf(store.settings().entrySet().stream()
                .filter(e -> e.getKey().endsWith("secret-key")).map(Map.Entry::getValue).toList()).size(), "each group has a key of its own");
    }

    @Test
    void aPortInUseIsNamedWithTheKeyThatChangesIt() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var fault = assertThrows(Fault.class, () -> EmbeddedStore.start(DataFolder.open(temp.resolve("port")), taken.getLocalPort(), PRIVATE, PUBLIC));
            assertTrue(fault.getMessage().contains("safelight.store.embedded-port"), fault.getMessage());
        }
    }

    private static Set<String> all() {
        var all = new TreeSet<String>();
        for (var action : List.of("get", "put", "list", "delete")) {
            for (var key : List.of("incoming/x", "raw/x", "master/x", "staging/x")) {
                all.add(action + " private " + key);
            }
            all.add(action + " public x");
        }
        return all;
    }

    private static void perform(S3Client s3, String action, String bucket, String key) {
        switch (action) {
            case "get" -> {
                get(s3, bucket, key);
                s3.headObject(r -> r.bucket(bucket).key(key));
            }
            case "put" -> put(s3, bucket, key, "y");
            case "list" -> s3.listObjectsV2(r -> r.bucket(bucket).prefix(key));
            default -> s3.deleteObject(r -> r.bucket(bucket).key(key));
        }
    }

    private static int put(HttpClient http, URI uri) throws Exception {
        return http.send(HttpRequest.newBuilder(uri).PUT(HttpRequest.BodyPublishers.ofString("body")).build(),
                HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private static S3Client as(String group) {
        return TestS3.client(store.settings(), group);
    }

    private static void put(S3Client s3, String bucket, String key, String body) {
        s3.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromString(body));
    }

    private static String get(S3Client s3, String bucket, String key) {
        return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asString(StandardCharsets.UTF_8);
    }

    /** True if it succeeds, false if it is answered 403 (or 400, for a key that is none); anything else is thrown. */
    private static boolean allowed(Runnable action) {
        try {
            action.run();
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == 403 || e.statusCode() == 400) {
                return false;
            }
            throw e;
        }
    }

    private static void assertStatus(int status, Executable action) {
        assertEquals(status, assertThrows(S3Exception.class, action).statusCode());
    }
}

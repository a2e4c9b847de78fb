package io.safelight.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.testing.TestStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;

class ObjectStoreTest {
    private static ObjectStore store;

    @TempDir
    Path folder;

    @BeforeAll
    static void bucket() {
        store = TestStore.newBucket();
    }

    @Test
    void whatIsPutComesBackWithItsDigestTypeAndMetadata() throws Exception {
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        store.put("raw/a", file(bytes), "image/png", Map.of("origin", "Übung 100% \r\nX-Evil: 1 ", "transform-state", "raw"));

        var fetched = store.get("raw/a", folder.resolve("back")).orElseThrow();

        assertArrayEquals(bytes, Files.readAllBytes(folder.resolve("back")));
        assertEquals(sha256(bytes), fetched.sha256());
        assertEquals("image/png", fetched.stored().contentType());
        assertEquals(Map.of("origin", "Übung 100% \r\nX-Evil: 1 ", "transform-state", "raw"), fetched.stored().metadata());
        assertEquals(bytes.length, store.head("raw/a").orElseThrow().bytes());
        assertEquals(fetched.stored().metadata(), store.head("raw/a").orElseThrow().metadata());
    }

    @Test
    void anObjectThatIsNotThereIsAnEmptyAnswer() {
        assertTrue(store.get("none", folder.resolve("none")).isEmpty());
        assertTrue(store.stream("none").isEmpty());
        assertTrue(store.head("none").isEmpty());
        assertFalse(store.copyTo(store, "none", "copy"));
        assertFalse(Files.exists(folder.resolve("none")));
        store.delete("none");
        store.delete(List.of());
    }

    @Test
    void onlyTheFirstOfManyConcurrentWritersWins() throws Exception {
        List<Path> files = IntStream.range(0, 8).mapToObj(i -> file(("writer " + i).getBytes())).toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var wins = threads.invokeAll(files.stream()
                    .map(f -> (Callable<Boolean>) () -> store.putIfAbsent("raw/race", f, "image/png", Map.of())).toList());
            long won = wins.stream().filter(f -> f.resultNow()).count();
            assertEquals(1, won);
            Path winner = files.get(IntStream.range(0, 8).filter(i -> wins.get(i).resultNow()).findFirst().orElseThrow());
            assertEquals(Files.readString(winner), read("raw/race"));
        }
    }

    @Test
    void aWriteOnConditionLeavesWhatCameInBetween() {
        assertTrue(store.putIfUnchanged("m", "1".getBytes(), "text/plain", null));
        assertFalse(store.putIfUnchanged("m", "2".getBytes(), "text/plain", null));
        String etag = store.head("m").orElseThrow().etag();
        store.put("m", "tombstone".getBytes(), "text/plain");
        assertFalse(store.putIfUnchanged("m", "3".getBytes(), "text/plain", etag));
        assertEquals("tombstone", read("m"));
        assertTrue(store.putIfUnchanged("m", "4".getBytes(), "text/plain", store.head("m").orElseThrow().etag()));
    }

    @Test
    void aReaderGetsTheBytesTheMessageMeantOrNone() {
        store.put("v", "pixels".getBytes(), "text/plain");
        Path target = folder.resolve("v");

        store.getVerified("v", sha256("pixels".getBytes()), target);
        assertTrue(Files.exists(target));

        assertThrows(Fault.class, () -> store.getVerified("v", sha256("others".getBytes()), target));
        assertFalse(Files.exists(target));
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> store.getVerified("w", "0", target)).code());
    }

    @Test
    void aCopyGoesToAnotherBucketWithEverythingItHas() {
        ObjectStore other = TestStore.newBucket();
        store.put("from/ä 1+2.png", file("x".getBytes()), "image/png", Map.of("sha256", "abc"));
        assertTrue(store.copyTo(other, "from/ä 1+2.png", "to"));
        Stored copy = other.head("to").orElseThrow();
        assertEquals("image/png", copy.contentType());
        assertEquals(Map.of("sha256", "abc"), copy.metadata());
    }

    @Test
    void onlyWhatWasLookedAtIsCopiedWhereThatIsAsked() {
        ObjectStore other = TestStore.newBucket();
        store.put("master/a", "seen".getBytes(), "text/plain");
        String seen = store.head("master/a").orElseThrow().etag();
        assertTrue(store.copyTo(other, "master/a", "to", seen));
        store.put("master/a", "changed".getBytes(), "text/plain");
        assertFalse(store.copyTo(other, "master/a", "to-again", seen));
        assertTrue(other.head("to-again").isEmpty());
        assertFalse(store.copyTo(other, "master/none", "to-again", seen));
    }

    @Test
    void listingAndDeletingGoBeyondOnePage() {
        ObjectStore many = TestStore.newBucket();
        try (var threads = Executors.newFixedThreadPool(4)) {
            IntStream.range(0, 1005).forEach(i -> threads.execute(() -> many.put("p/%04d".formatted(i), new byte[1], "text/plain")));
        }
        many.put("q/1", new byte[1], "text/plain");
        List<String> keys = many.list("p/").map(Stored::key).toList();
        assertEquals(1005, keys.size());
        assertEquals(keys.stream().sorted().toList(), keys);

        many.delete(keys);

        assertEquals(List.of("q/1"), many.list("").map(Stored::key).toList());
    }

    @Test
    void everyVersionIsDeletedWhereTheBucketKeepsThem() {
        ObjectStore versioned = TestStore.newBucket();
        TestStore.client().putBucketVersioning(request -> request.bucket(versioned.bucket())
                .versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED)));
        for (String key : List.of("raw/1", "raw/1", "raw/10")) {
            versioned.put(key, new byte[1], "text/plain");
        }
        TestStore.client().deleteObject(request -> request.bucket(versioned.bucket()).key("raw/1"));

        versioned.delete("raw/1");

        var left = TestStore.client().listObjectVersions(request -> request.bucket(versioned.bucket()));
        assertEquals(List.of("raw/10"), left.versions().stream().map(v -> v.key()).toList());
        assertEquals(List.of(), left.deleteMarkers());
    }

    @Test
    void aReaderThatStopsEarlyDoesNotHoldTheConnection() throws Exception {
        store.put("big", new byte[5_000_000], "text/plain");
        for (int i = 0; i < 30; i++) {
            try (Content content = store.stream("big").orElseThrow()) {
                content.readNBytes(10);
            }
        }
        try (Content content = store.stream("big").orElseThrow()) {
            assertEquals(5_000_000, content.readAllBytes().length);
        }
    }

    @Test
    void aFileThatIsGoneIsOurFault() {
        assertThrows(Fault.class, () -> store.put("k", folder.resolve("gone"), "image/png", Map.of()));
    }

    private String read(String key) {
        try (Content content = store.stream(key).orElseThrow()) {
            return new String(content.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path file(byte[] bytes) {
        try {
            return Files.write(Files.createTempFile(folder, "f", ""), bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

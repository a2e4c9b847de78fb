package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Unavailable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {
    @TempDir
    Path folder;

    private final AtomicInteger fetches = new AtomicInteger();

    @Test
    void aFileIsFetchedOnce() throws IOException {
        DiskCache cache = new DiskCache(folder, 100);
        assertEquals("aaaa", read(cache, "a", 4));
        assertEquals("aaaa", read(cache, "a", 4));
        assertEquals(1, fetches.get());
    }

    @Test
    void theFilesUnusedForLongestGoFirst() throws IOException {
        DiskCache cache = new DiskCache(folder, 10);
        read(cache, "a", 4);
        read(cache, "b", 4);
        read(cache, "a", 4);
        read(cache, "c", 4);
        assertEquals("a c", names());
    }

    @Test
    void theFolderNeverHoldsMoreThanItsRoom() throws IOException {
        DiskCache cache = new DiskCache(folder, 1000);
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            int n = random.nextInt(40);
            assertEquals(n * 7 % 120, read(cache, "k" + n, n * 7 % 120).length());
            try (Stream<Path> files = Files.list(folder)) {
                assertTrue(files.mapToLong(f -> f.toFile().length()).sum() <= 1000);
            }
        }
    }

    @Test
    void aFileLargerThanTheRoomPassesThrough() throws IOException {
        DiskCache cache = new DiskCache(folder, 10);
        read(cache, "a", 4);
        assertEquals(11, read(cache, "b", 11).length());
        assertEquals("a", names());
    }

    @Test
    void aFileThatIsGoneOrNotAsItWasWrittenIsFetchedAgain() throws IOException {
        DiskCache cache = new DiskCache(folder, 100);
        read(cache, "a", 4);
        Files.writeString(folder.resolve("a"), "aa");
        assertEquals("aaaa", read(cache, "a", 4));
        Files.delete(folder.resolve("a"));
        assertEquals("aaaa", read(cache, "a", 4));
        assertEquals(3, fetches.get());
    }

    @Test
    void aFileBeingReadSurvivesItsEviction() throws IOException {
        DiskCache cache = new DiskCache(folder, 4);
        try (InputStream a = cache.open("a", 4, write("a", 4)).body()) {
            read(cache, "b", 4);
            assertEquals("b", names());
            assertEquals("aaaa", new String(a.readAllBytes()));
        }
    }

    @Test
    void aFetchThatFailsLeavesNothingAndIsTriedAnew() throws IOException {
        DiskCache cache = new DiskCache(folder, 100);
        assertThrows(Unavailable.class, () -> cache.open("a", 4, file -> {
            write("a", 2).accept(file);
            throw new Unavailable("no", null);
        }));
        assertEquals("", names());
        assertEquals("aaaa", read(cache, "a", 4));
    }

    @Test
    void manyReadersOfOneFileFetchItOnce() throws Exception {
        DiskCache cache = new DiskCache(folder, 100);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> reader = () -> read(cache, "a", 4);
            for (var answer : threads.invokeAll(IntStream.range(0, 50).mapToObj(i -> reader).toList())) {
                assertEquals("aaaa", answer.get());
            }
        }
        assertEquals(1, fetches.get());
    }

    @Test
    void aRestartBeginsEmpty() throws IOException {
        read(new DiskCache(folder, 100), "a", 4);
        Files.writeString(folder.resolve("x.part"), "half");
        new DiskCache(folder, 100);
        assertEquals("", names());
    }

    @Test
    void aFileOfALengthThatWasNotKnownIsKeptAndItsLengthIsTold() throws IOException {
        DiskCache cache = new DiskCache(folder, 100);
        cache.open("a", 0, write("a", 4)).body().close();
        DiskCache.Opened again = cache.open("a", 0, write("a", 4));
        again.body().close();
        assertEquals(4, again.bytes());
        assertEquals(1, fetches.get());
    }

    @Test
    void aCacheWithoutRoomKeepsNothingAndFetchesOnceForEachRequest() throws IOException {
        DiskCache cache = new DiskCache(folder, 0);
        DiskCache.Opened opened = cache.open("a", 0, write("a", 4));
        opened.body().close();
        assertEquals(4, opened.bytes());
        assertEquals(1, fetches.get());
        assertEquals("", names());
    }

    private String read(DiskCache cache, String key, int bytes) throws IOException {
        DiskCache.Opened opened = cache.open(key, bytes, write(key, bytes));
        assertEquals(bytes, opened.bytes());
        try (InputStream body = opened.body()) {
            return new String(body.readAllBytes());
        }
    }

    private Consumer<Path> write(String key, int bytes) {
        return file -> {
            fetches.incrementAndGet();
            try {
                Files.writeString(file, key.substring(0, 1).repeat(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private String names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().collect(Collectors.joining(" "));
        }
    }
}

package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

class DurableBlobStoreTest {
    @TempDir
    Path temp;

    private static PutObjectRequest put(String key, long bytes) {
        return PutObjectRequest.builder().bucket("bucket").key(key).contentLength(bytes).build();
    }

    @Test
    void writesUnderWayHaveTheirRoomAlready() throws Exception {
        Files.createDirectory(temp.resolve("bucket"));
        var store = DurableBlobStore.open(temp);
        long most = temp.toFile().getUsableSpace() / 10 * 6;
        var reading = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        Thread first = Thread.ofVirtual().start(() -> {
            try {
                store.putBlob(put("first", most), new InputStream() {
                    @Override
                    public int read() throws IOException {
                        reading.countDown();
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        throw new IOException("gone away");
                    }
                });
            } catch (RuntimeException e) {
                // as its sender went away
            }
        });
        reading.await(20, TimeUnit.SECONDS);
        assertEquals(507, assertThrows(S3Exception.class, () -> store.putBlob(put("second", most), new ByteArrayInputStream(new byte[1]))).statusCode());
        store.putBlob(put("small", 1), new ByteArrayInputStream(new byte[1]));
        end.countDown();
        first.join();
        store.putBlob(put("third", most), new ByteArrayInputStream(new byte[1]));
    }

    /** Whoever wrote it may have died before it was on the disk. */
    @Test
    void aKeyThatIsTakenIsOnTheDiskBeforeItsWriterIsToldSo() throws Exception {
        Files.createDirectory(temp.resolve("bucket"));
        var store = DurableBlobStore.open(temp);
        var once = put("once", 1).toBuilder().ifNoneMatch("*").build();
        store.putBlob(once, new ByteArrayInputStream(new byte[1]));
        assertEquals(412, assertThrows(S3Exception.class, () -> store.putBlob(once, new ByteArrayInputStream(new byte[1]))).statusCode());
        Thread.currentThread().interrupt();
        try {
            // only what waits for the disk can be interrupted here
            var failure = assertThrows(UncheckedIOException.class, () -> store.putBlob(once, new ByteArrayInputStream(new byte[1])));
            assertInstanceOf(ClosedByInterruptException.class, failure.getCause());
        } finally {
            Thread.interrupted();
        }
    }
}

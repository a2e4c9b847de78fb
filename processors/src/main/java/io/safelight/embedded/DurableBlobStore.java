package io.safelight.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A folder store whose answer means "on the disk", also after a power cut, and that shows no half-written object. S3Proxy
 * writes an object beside its place as {@code <key>-<uuid>}, then renames it; no key of ours has that form, and of S3Proxy's
 * own only the notes on a multipart upload do.
 */
final class DurableBlobStore extends ForwardingBlobStore {
    private static final Pattern HALF_WRITTEN = Pattern.compile(
            "(?!\\.s3proxy-mpu-stub-[0-9a-f-]{36}$).+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** What the other servers in the folder, and writes whose size is not told, need until somebody has made room. */
    private static final long KEEP_FREE = 32L << 20;

    private final Path root;
    /** Bytes of the writes that are not over. */
    private final AtomicLong underWay = new AtomicLong();

    private DurableBlobStore(BlobStore store, Path root) {
        super(store);
        this.root = root;
    }

    /** Opens the store and removes what a killed process left half-written. */
    static DurableBlobStore open(Path root) throws IOException {
        try (var files = Files.find(root, Integer.MAX_VALUE, (file, a) -> a.isRegularFile() && isHalfWritten(file.getFileName().toString()))) {
            for (var file : (Iterable<Path>) files::iterator) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new DurableBlobStore(new FilesystemNio2BlobStore(root.toString()), root);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        PutObjectResponse response;
        try (var room = GuardedBlobStore.read(payload, () -> room(request.contentLength()))) {
            response = room.store().putBlob(request, payload);
        } catch (S3Exception e) {
            if (e.statusCode() == 412) {
                // who learns that it is there takes it for stored, and whoever wrote it may have died before its force
                force(request.bucket(), request.key());
            }
            throw e;
        }
        force(request.bucket(), request.key());
        return response;
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        var response = link(request).orElseGet(() -> {
            try (var room = room(null)) {
                return room.store().copyBlob(request);
            }
        });
        force(request.destinationBucket(), request.destinationKey());
        return response;
    }

    /**
     * A stored file is replaced and never written to, so a copy can be a second name of it, which has its type and its metadata too. Empty where
     * more is asked for than that, where there is no such object, and where the file system has no such names to give.
     */
    private Optional<CopyObjectResponse> link(CopyObjectRequest request) {
        var plain = CopyObjectRequest.builder().sourceBucket(request.sourceBucket()).sourceKey(request.sourceKey())
                .destinationBucket(request.destinationBucket()).destinationKey(request.destinationKey()).copySourceIfMatch(request.copySourceIfMatch()).build();
        if (!request.equals(plain)) {
            return Optional.empty();
        }
        var half = request.destinationKey() + "-" + UUID.randomUUID();
        var name = file(request.destinationBucket(), half);
        try {
            Files.createDirectories(name.getParent());
            Files.createLink(name, file(request.sourceBucket(), request.sourceKey()));
            try {
                // asked by the new name: under its old one another may lie there by now
                var found = delegate().blobMetadata(HeadObjectRequest.builder().bucket(request.destinationBucket()).key(half).build());
                if (request.copySourceIfMatch() != null && !unquoted(request.copySourceIfMatch()).equals(unquoted(found.eTag()))) {
                    throw S3Exceptions.fromStatusCode(412);
                }
                // a copy is young, as sweepers go by that; so is what it was made of then, which is the same file
                var now = Instant.now();
                Files.setLastModifiedTime(name, FileTime.from(now));
                Files.move(name, file(request.destinationBucket(), request.destinationKey()), StandardCopyOption.ATOMIC_MOVE);
                return Optional.of(CopyObjectResponse.builder().copyObjectResult(r -> r.eTag(found.eTag()).lastModified(now)).build());
            } finally {
                // to move one name of a file over another of the same does nothing
                Files.deleteIfExists(name);
            }
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }

    private Path file(String bucket, String key) {
        return root.resolve(bucket).resolve(key);
    }

    @Override
    public UploadPartResponse uploadMultipartPart(MultipartUpload upload, UploadPartRequest request, InputStream payload) {
        try (var room = GuardedBlobStore.read(payload, () -> room(request.contentLength()))) {
            return room.store().uploadMultipartPart(upload, request, payload);
        }
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(MultipartUpload upload, CompleteMultipartUploadRequest request) {
        CompleteMultipartUploadResponse response;
        try (var room = room(null)) {
            response = room.store().completeMultipartUpload(upload, request);
        }
        force(upload.containerName(), upload.blobName());
        return response;
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        var page = super.list(request);
        return page.toBuilder().contents(page.contents().stream().filter(o -> !isHalfWritten(o.key())).toList()).build();
    }

    static boolean isHalfWritten(String key) {
        return HALF_WRITTEN.matcher(key.substring(key.lastIndexOf('/') + 1)).matches();
    }

    /**
     * Asked before a write: on a full disk S3Proxy would store an object without its metadata, in silence.
     *
     * @param bytes of the object, where they are told
     */
    private synchronized Room room(Long bytes) {
        long size = bytes == null ? 0 : bytes;
        if (root.toFile().getUsableSpace() - underWay.get() - size < KEEP_FREE) {
            throw S3Exceptions.fromStatusCode(507);
        }
        underWay.addAndGet(size);
        return new Room(delegate(), underWay, size);
    }

    /** Kept until the write is over. */
    private record Room(BlobStore store, AtomicLong underWay, long size) implements AutoCloseable {
        @Override
        public void close() {
            underWay.addAndGet(-size);
        }
    }

    /** Writes the file and the names that lead to it through to the disk. */
    private void force(String bucket, String key) {
        var top = root.resolve(bucket);
        for (var path = top.resolve(key).normalize(); path.startsWith(top); path = path.getParent()) {
            try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

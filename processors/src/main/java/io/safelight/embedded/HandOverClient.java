package io.safelight.embedded;

import io.safelight.store.StoreListener;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.jboss.logging.Logger;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A client of the embedded store in the store's own process: objects are handed over, where others send them over HTTP. What the store refuses or
 * fails to do is asked for over HTTP after all, so that S3Proxy says why; that an object is not there, or a condition does not hold, is told at once.
 * Has no time limits: a disk that stands still is waited for.
 */
public final class HandOverClient extends DelegatingS3Client {
    private static final Logger LOG = Logger.getLogger(HandOverClient.class);
    private static final int PRECONDITION_FAILED = 412;

    private final Supplier<Optional<BlobStore>> store;
    private final StoreListener listener;

    private HandOverClient(S3Client overHttp, Supplier<Optional<BlobStore>> store, StoreListener listener) {
        super(overHttp);
        this.store = store;
        this.listener = listener;
    }

    /**
     * The client itself where the store is elsewhere, or knows no such key.
     *
     * @param overHttp client of that endpoint with that key, which tells the same listener
     */
    public static S3Client of(S3Client overHttp, String endpoint, String accessKey, String secretKey, StoreListener listener) {
        Supplier<Optional<BlobStore>> store = () -> EmbeddedStore.here(endpoint, accessKey, secretKey);
        return store.get().isEmpty() ? overHttp : new HandOverClient(overHttp, store, listener);
    }

    @Override
    public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
        PutObjectRequest plain = PutObjectRequest.builder().bucket(request.bucket()).key(request.key()).metadata(request.metadata()).ifNoneMatch(request.ifNoneMatch())
                .contentType(request.contentType()).contentLength(request.contentLength()).build();
        Optional<Long> bytes = body.optionalContentLength();
        // what else can be asked for, such as If-Match, is S3Proxy's to look after
        if (!request.equals(plain) || bytes.isEmpty()) {
            return super.putObject(request, body);
        }
        PutObjectRequest told = plain.toBuilder().contentLength(bytes.get()).contentType(Objects.requireNonNullElse(request.contentType(), body.contentType())).build();
        return handedOver(request, bytes.get(), store -> put(store, told, body)).orElseGet(() -> super.putObject(request, body));
    }

    private static PutObjectResponse put(BlobStore store, PutObjectRequest request, RequestBody body) {
        try (InputStream in = new Whole(body.contentStreamProvider().newStream(), request.contentLength())) {
            PutObjectResponse written = store.putBlob(request, in);
            return written.toBuilder().eTag(quoted(written.eTag())).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> reader) {
        return !reader.needsConnectionLeftOpen() ? super.getObject(request, reader)
                : handedOver(request, 0, store -> read(store.getBlob(request), reader)).orElseGet(() -> super.getObject(request, reader));
    }

    private static <T> T read(ResponseInputStream<GetObjectResponse> object, ResponseTransformer<GetObjectResponse, T> reader) {
        GetObjectResponse found = object.response();
        try {
            return reader.transform(found.toBuilder().eTag(quoted(found.eTag())).lastModified(found.lastModified().truncatedTo(ChronoUnit.SECONDS)).build(),
                    AbortableInputStream.create(object, () -> close(object)));
        } catch (Exception e) {
            close(object);
            throw new IllegalStateException(e);
        }
    }

    private static void close(InputStream object) {
        try {
            object.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public HeadObjectResponse headObject(HeadObjectRequest request) {
        // conditions are S3Proxy's to look after here too
        HeadObjectRequest plain = HeadObjectRequest.builder().bucket(request.bucket()).key(request.key()).build();
        return !request.equals(plain) ? super.headObject(request) : handedOver(request, 0, store -> {
            HeadObjectResponse found = store.blobMetadata(request);
            return found.toBuilder().eTag(quoted(found.eTag())).lastModified(found.lastModified().truncatedTo(ChronoUnit.SECONDS)).build();
        }).orElseGet(() -> super.headObject(request));
    }

    @Override
    public CopyObjectResponse copyObject(CopyObjectRequest request) {
        return handedOver(request, 0, store -> store.copyBlob(request)).orElseGet(() -> super.copyObject(request));
    }

    /** As everything is told over HTTP. */
    private static String quoted(String etag) {
        return etag.startsWith("\"") ? etag : '"' + etag + '"';
    }

    /**
     * Empty where the store did not do it, for whatever reason.
     *
     * @throws S3Exception where an object is not there, or a condition does not hold: these are known by their class and number, whoever tells of them
     */
    private <T> Optional<T> handedOver(SdkRequest request, long bytes, Function<BlobStore, T> call) {
        long began = System.nanoTime();
        Optional<T> answer;
        try {
            answer = store.get().map(call);
        } catch (RuntimeException e) {
            if (e instanceof NoSuchKeyException || e instanceof S3Exception refusal && refusal.statusCode() == PRECONDITION_FAILED) {
                tell(request, 0, began);
                throw e;
            }
            LOG.debugf(e, "A %s is asked for over HTTP", request.getClass().getSimpleName());
            return Optional.empty();
        }
        answer.ifPresent(any -> tell(request, bytes, began));
        return answer;
    }

    private void tell(SdkRequest request, long bytes, long began) {
        listener.asked(request, bytes, Duration.ofNanos(System.nanoTime() - began), true);
    }

    /** Fails where it ends too early: the store would take what came for all there is. */
    private static final class Whole extends FilterInputStream {
        private long missing;

        Whole(InputStream in, long bytes) {
            super(in);
            missing = bytes;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            counted(b < 0 ? b : 1);
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return counted(super.read(buffer, offset, length));
        }

        private int counted(int read) throws EOFException {
            if (read < 0 && missing > 0) {
                throw new EOFException(missing + " bytes are missing");
            }
            missing -= Math.max(read, 0);
            return read;
        }
    }
}

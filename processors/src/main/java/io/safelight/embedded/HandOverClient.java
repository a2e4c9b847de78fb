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
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A client of the embedded store in the store's own process: objects are handed over, where others send them over HTTP. What the store
 * does not do at once is asked for over HTTP after all, so that every refusal is S3Proxy's, in its words.
 */
public final class HandOverClient extends DelegatingS3Client {
    private static final Logger LOG = Logger.getLogger(HandOverClient.class);

    private final BlobStore store;
    private final StoreListener listener;

    private HandOverClient(S3Client overHttp, BlobStore store, StoreListener listener) {
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
        return EmbeddedStore.here(endpoint, accessKey, secretKey).<S3Client>map(store -> new HandOverClient(overHttp, store, listener)).orElse(overHttp);
    }

    @Override
    public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
        Optional<Long> bytes = body.optionalContentLength();
        // S3Proxy itself looks after that condition, the stores behind it do not
        if (request.ifMatch() != null || bytes.isEmpty()) {
            return super.putObject(request, body);
        }
        PutObjectRequest told = request.toBuilder().contentLength(bytes.get())
                .contentType(Objects.requireNonNullElse(request.contentType(), body.contentType())).build();
        return handedOver(request, bytes.get(), () -> put(told, body)).orElseGet(() -> super.putObject(request, body));
    }

    private PutObjectResponse put(PutObjectRequest request, RequestBody body) {
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
                : handedOver(request, 0, () -> read(store.getBlob(request), reader)).orElseGet(() -> super.getObject(request, reader));
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
        return handedOver(request, 0, () -> {
            HeadObjectResponse found = store.blobMetadata(request);
            return found.toBuilder().eTag(quoted(found.eTag())).lastModified(found.lastModified().truncatedTo(ChronoUnit.SECONDS)).build();
        }).orElseGet(() -> super.headObject(request));
    }

    @Override
    public CopyObjectResponse copyObject(CopyObjectRequest request) {
        return handedOver(request, 0, () -> store.copyBlob(request)).orElseGet(() -> super.copyObject(request));
    }

    /** As everything is told over HTTP. */
    private static String quoted(String etag) {
        return etag.startsWith("\"") ? etag : '"' + etag + '"';
    }

    /** Empty where the store did not do it, for whatever reason. */
    private <T> Optional<T> handedOver(SdkRequest request, long bytes, Supplier<T> call) {
        long began = System.nanoTime();
        try {
            T answer = call.get();
            listener.asked(request, bytes, Duration.ofNanos(System.nanoTime() - began), true);
            return Optional.of(answer);
        } catch (RuntimeException e) {
            LOG.debugf(e, "A %s is asked for over HTTP", request.getClass().getSimpleName());
            return Optional.empty();
        }
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

package io.safelight.testing;

import io.safelight.store.ObjectStore;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Predicate;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** A real S3 server in this JVM, on loopback, in memory: one for all tests, a bucket for each. */
public final class TestStore {
    /** Names the copies (by target key) that the store is to answer 503; none by default. */
    public static volatile Predicate<String> refuseCopy = key -> false;
    /** Names the objects that the store is to answer 503 for when they are read or written; none by default. */
    public static volatile Predicate<String> refuse = key -> false;

    /** Names the objects whose bytes break off halfway; none by default. To be seen, they must be more than a server holds back. */
    public static volatile Predicate<String> breakOff = key -> false;

    private static final S3Client CLIENT = start();

    private TestStore() {}

    public static ObjectStore newBucket() {
        String bucket = "b-" + UUID.randomUUID();
        CLIENT.createBucket(request -> request.bucket(bucket));
        return new ObjectStore(CLIENT, bucket);
    }

    public static S3Client client() {
        return CLIENT;
    }

    private static S3Client start() {
        try {
            S3Proxy server = S3Proxy.builder()
                    .blobStore(new Moody(BlobStores.create("transient", new Properties())))
                    .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "secret")
                    .endpoint(URI.create("http://127.0.0.1:0"))
                    .build();
            server.start();
            return ObjectStore.client(URI.create("http://127.0.0.1:" + server.getPort()), "us-east-1", "key", "secret");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Moody extends ForwardingBlobStore {
        Moody(BlobStore calm) {
            super(calm);
        }

        @Override
        public CopyObjectResponse copyBlob(CopyObjectRequest request) {
            if (refuseCopy.test(request.destinationKey())) {
                throw S3Exceptions.fromStatusCode(503);
            }
            return super.copyBlob(request);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream content) {
            if (refuse.test(request.key())) {
                throw S3Exceptions.fromStatusCode(503);
            }
            return super.putBlob(request, content);
        }

        @Override
        public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
            if (refuse.test(request.key())) {
                throw S3Exceptions.fromStatusCode(503);
            }
            ResponseInputStream<GetObjectResponse> whole = super.getBlob(request);
            return breakOff.test(request.key()) ? new ResponseInputStream<>(whole.response(), AbortableInputStream.create(new Half(whole, whole.response().contentLength() / 2)))
                    : whole;
        }
    }

    private static final class Half extends FilterInputStream {
        private long left;

        Half(InputStream whole, long bytes) {
            super(whole);
            this.left = bytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                throw new IOException("the disk of the store is broken here");
            }
            int n = super.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(n, 0);
            return n;
        }
    }
}

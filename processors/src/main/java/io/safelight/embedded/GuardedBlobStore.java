package io.safelight.embedded;

import static io.safelight.embedded.StoreIdentity.Right.DELETE;
import static io.safelight.embedded.StoreIdentity.Right.LIST;
import static io.safelight.embedded.StoreIdentity.Right.READ;
import static io.safelight.embedded.StoreIdentity.Right.WRITE;

import io.safelight.embedded.StoreIdentity.Bucket;
import io.safelight.embedded.StoreIdentity.Right;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.CreateBucketResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.DeleteBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetBucketAclRequest;
import software.amazon.awssdk.services.s3.model.GetBucketAclResponse;
import software.amazon.awssdk.services.s3.model.GetBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.GetBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.GetObjectAclRequest;
import software.amazon.awssdk.services.s3.model.GetObjectAclResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListBucketsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.PutBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A store that answers 403 to what its identity has no right to. S3Proxy asks it for its delegate to learn what kind of store
 * it is, hence the superclass; every operation that it would forward is overridden here, which a test watches over.
 */
final class GuardedBlobStore extends ForwardingBlobStore {
    private static final Pattern UPLOAD_NOTES = Pattern.compile("\\.s3proxy-mpu-stub-[0-9a-f-]{36}");

    private final Map<String, Bucket> buckets;
    private final StoreIdentity identity;

    /**
     * @param buckets  by their names
     * @param identity null for one without any right
     */
    GuardedBlobStore(BlobStore store, Map<String, Bucket> buckets, StoreIdentity identity) {
        super(store);
        this.buckets = buckets;
        this.identity = identity;
    }

    private BlobStore check(Right right, String bucketName, String key) {
        var bucket = buckets.get(bucketName);
        var name = key == null ? "" : key;
        if (identity == null || bucket == null || climbs(name) || !(identity.may(right, bucket, name) || isOwnUpload(bucket, name))) {
            throw forbidden();
        }
        return delegate();
    }

    /** S3Proxy keeps its notes on a multipart upload under a name that only who began it can know. */
    private boolean isOwnUpload(Bucket bucket, String key) {
        return UPLOAD_NOTES.matcher(key).matches()
                && identity.grants().stream().anyMatch(g -> g.bucket() == bucket && g.rights().contains(WRITE));
    }

    /** A client that is still sending when it is refused sees a broken connection and not the answer: hear it out first. */
    static <T> T read(InputStream payload, Supplier<T> check) {
        try {
            return check.get();
        } catch (S3Exception refused) {
            try (payload) {
                payload.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                refused.addSuppressed(e);
            }
            throw refused;
        }
    }

    /** The folder below would take {@code raw/../master/x} for another key than the one the rights were looked up for. */
    private static boolean climbs(String key) {
        return Arrays.stream(key.split("/")).anyMatch(segment -> segment.equals("..") || segment.equals("."));
    }

    private static S3Exception forbidden() {
        return S3Exceptions.fromStatusCode(403);
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest r) {
        return check(READ, r.bucket(), r.key()).blobMetadata(r);
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest r) {
        return check(READ, r.bucket(), r.key()).getBlob(r);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest r, InputStream payload) {
        return read(payload, () -> check(WRITE, r.bucket(), r.key())).putBlob(r, payload);
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest r) {
        check(READ, r.sourceBucket(), r.sourceKey());
        return check(WRITE, r.destinationBucket(), r.destinationKey()).copyBlob(r);
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest r) {
        return check(DELETE, r.bucket(), r.key()).removeBlob(r);
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request r) {
        return check(LIST, r.bucket(), r.prefix()).list(r);
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest r) {
        return check(WRITE, r.bucket(), r.key()).initiateMultipartUpload(r);
    }

    @Override
    public UploadPartResponse uploadMultipartPart(MultipartUpload upload, UploadPartRequest r, InputStream payload) {
        return read(payload, () -> check(upload)).uploadMultipartPart(upload, r, payload);
    }

    @Override
    public List<Part> listMultipartUpload(MultipartUpload upload) {
        return check(upload).listMultipartUpload(upload);
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(MultipartUpload upload, CompleteMultipartUploadRequest r) {
        return check(upload).completeMultipartUpload(upload, r);
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        check(upload).abortMultipartUpload(upload);
    }

    private BlobStore check(MultipartUpload upload) {
        return check(WRITE, upload.containerName(), upload.blobName());
    }

    @Override
    public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(String bucket) {
        return check(LIST, bucket, "").listMultipartUploads(bucket);
    }

    /** Clients ask this before anything else; it tells no more than that a configured bucket is there. */
    @Override
    public HeadBucketResponse headBucket(HeadBucketRequest r) {
        var bucket = buckets.get(r.bucket());
        if (identity == null || identity.grants().stream().noneMatch(g -> g.bucket() == bucket)) {
            throw forbidden();
        }
        return delegate().headBucket(r);
    }

    @Override
    public boolean blobExists(String bucket, String key) {
        return check(READ, bucket, key).blobExists(bucket, key);
    }

    /** Asked only for the notes on an upload: no group has reason to read an access list. */
    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String key) {
        return check(WRITE, bucket, key).getBlobAccess(bucket, key);
    }

    // what remains is nobody's right

    @Override
    public ListBucketsResponse list() {
        throw forbidden();
    }

    @Override
    public CreateBucketResponse createContainer(CreateBucketRequest r) {
        throw forbidden();
    }

    @Override
    public void deleteBucket(String bucket) {
        throw forbidden();
    }

    @Override
    public void deleteContainer(String bucket) {
        throw forbidden();
    }

    @Override
    public void clearContainer(ListObjectsV2Request r) {
        throw forbidden();
    }

    @Override
    public BucketCannedACL getContainerAccess(String bucket) {
        throw forbidden();
    }

    @Override
    public void setContainerAccess(String bucket, BucketCannedACL access) {
        throw forbidden();
    }

    @Override
    public GetBucketAclResponse getContainerAcl(GetBucketAclRequest r) {
        throw forbidden();
    }

    @Override
    public GetBucketVersioningResponse getBucketVersioning(GetBucketVersioningRequest r) {
        throw forbidden();
    }

    @Override
    public PutBucketVersioningResponse putBucketVersioning(PutBucketVersioningRequest r) {
        throw forbidden();
    }

    @Override
    public ListObjectVersionsResponse listVersions(ListObjectVersionsRequest r) {
        throw forbidden();
    }

    @Override
    public GetBucketEncryptionResponse getBucketEncryption(GetBucketEncryptionRequest r) {
        throw forbidden();
    }

    @Override
    public PutBucketEncryptionResponse putBucketEncryption(PutBucketEncryptionRequest r) {
        throw forbidden();
    }

    @Override
    public DeleteBucketEncryptionResponse deleteBucketEncryption(DeleteBucketEncryptionRequest r) {
        throw forbidden();
    }


    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String key, String version) {
        throw forbidden();
    }

    @Override
    public GetObjectAclResponse getBlobAcl(GetObjectAclRequest r) {
        throw forbidden();
    }

    @Override
    public void setBlobAccess(String bucket, String key, ObjectCannedACL access) {
        throw forbidden();
    }

    @Override
    public void setBlobAccess(String bucket, String key, ObjectCannedACL access, String version) {
        throw forbidden();
    }
}

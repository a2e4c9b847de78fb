package io.safelight.store;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One bucket. Throws {@link Unavailable} where the store does not answer, is busy or full, or does not know us, {@link Overtaken} where it refuses
 * what may be this object alone, as rights come back, and {@link Fault} where it cannot do what is asked; an object that is not there is an empty answer, or {@code not-found} where the caller was told it is.
 */
public final class ObjectStore {
    /** The most keys S3 takes in one batch delete. */
    private static final int BATCH = 1000;
    private static final int CONNECTIONS = 100;
    private static final int ATTEMPTS = 2;
    /** Of a 403 that would be given to every request; any other may be meant for one object. */
    private static final Set<String> BAD_KEY = Set.of("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed");

    private final S3Client s3;
    private final String bucket;

    public ObjectStore(S3Client s3, String bucket) {
        this.s3 = s3;
        this.bucket = bucket;
    }

    /** A client that gives up on a silent store in seconds; whoever called tries the whole step again later. */
    public static S3Client client(URI endpoint, String region, String accessKey, String secretKey) {
        return client(endpoint, region, accessKey, secretKey, StoreListener.NOBODY);
    }

    /** @param listener hears of every request */
    public static S3Client client(URI endpoint, String region, String accessKey, String secretKey, StoreListener listener) {
        S3ClientBuilder client = S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .forcePathStyle(true)
                // the SDK's default checksums come as trailers that stores other than AWS often refuse
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(ApacheHttpClient.builder().maxConnections(CONNECTIONS)
                        .connectionTimeout(Duration.ofSeconds(3)).socketTimeout(Duration.ofSeconds(10)))
                .overrideConfiguration(c -> c.apiCallTimeout(Duration.ofMinutes(2)).addExecutionInterceptor(new Requests(listener))
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(ATTEMPTS).build()));
        if (UnsignedBodies.suit(endpoint)) {
            client.putAuthScheme(new UnsignedBodies());
        }
        return client.build();
    }

    public String bucket() {
        return bucket;
    }

    /** @param metadata user metadata by lower-case name; null values are left out */
    public void put(String key, Path file, String contentType, Map<String, String> metadata) {
        put(key, body(file), contentType, metadata, any -> {});
    }

    public void put(String key, byte[] bytes, String contentType) {
        put(key, RequestBody.fromBytes(bytes), contentType, Map.of(), any -> {});
    }

    /** @return false where the key was taken, and nothing was written */
    public boolean putIfAbsent(String key, Path file, String contentType, Map<String, String> metadata) {
        return put(key, body(file), contentType, metadata, request -> request.ifNoneMatch("*"));
    }

    /**
     * @param etag of what is to be replaced; null where nothing may be there
     * @return false where something else is there by now, and nothing was written
     */
    public boolean putIfUnchanged(String key, byte[] bytes, String contentType, String etag) {
        return put(key, RequestBody.fromBytes(bytes), contentType, Map.of(), request -> {
            if (etag == null) {
                request.ifNoneMatch("*");
            } else {
                request.ifMatch(etag);
            }
        });
    }

    private boolean put(String key, RequestBody body, String contentType, Map<String, String> metadata,
                        Consumer<PutObjectRequest.Builder> condition) {
        return call("write", key, () -> {
            try {
                s3.putObject(request -> condition.accept(request.bucket(bucket).key(key).contentType(contentType)
                        .metadata(UserMetadata.encode(metadata))), body);
                return true;
            } catch (S3Exception e) {
                if (e.statusCode() == 412) {
                    return false;
                }
                throw e;
            }
        });
    }

    private static RequestBody body(Path file) {
        if (!Files.isReadable(file)) {
            throw new Fault("The file to store is gone: " + file + ". Was the work folder cleaned under a running process?");
        }
        return RequestBody.fromFile(file);
    }

    /** @param sha256 of the bytes that were read, lower-case hex */
    public record Fetched(String sha256, Stored stored) {}

    /** Streams the object to a file, which is left only where all of it arrived; empty where there is no such object. */
    public Optional<Fetched> get(String key, Path target) {
        Optional<Content> found = stream(key);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (Content content = found.get()) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            try (OutputStream out = new DigestOutputStream(Files.newOutputStream(target), sha256)) {
                content.transferTo(out);
            }
            return Optional.of(new Fetched(HexFormat.of().formatHex(sha256.digest()), content.stored()));
        } catch (IOException e) {
            discard(target);
            throw new Unavailable("Reading " + name(key) + " into " + target + " broke off. "
                    + "Check the connection to the object store and the free space on the local disk.", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Like {@link #get}, for an object that a message refers to.
     *
     * @throws Rejected {@code not-found} where it is gone, as after a withdrawal
     * @throws Fault    where its bytes are not the ones that were meant
     */
    public Stored getVerified(String key, String sha256, Path target) {
        Fetched fetched = get(key, target).orElseThrow(() -> new Rejected(Code.NOT_FOUND,
                name(key) + " is not in the object store (any more). Upload the image again if it was not withdrawn."));
        if (!fetched.sha256().equals(sha256)) {
            discard(target);
            throw new Fault("%s has the sha256 %s where %s was stored: it was changed behind our back. Compare it with a backup."
                    .formatted(name(key), fetched.sha256(), sha256));
        }
        return fetched.stored();
    }

    /** Opens the object for reading; the caller closes it. */
    public Optional<Content> stream(String key) {
        return found("read", key, () -> {
            var body = s3.getObject(request -> request.bucket(bucket).key(key));
            GetObjectResponse r = body.response();
            return new Content(new Stored(key, r.contentLength(), r.contentType(), r.eTag(), r.lastModified(),
                    UserMetadata.decode(r.metadata())), body);
        });
    }

    public Optional<Stored> head(String key) {
        return found("look at", key, () -> {
            HeadObjectResponse r;
            try {
                r = s3.headObject(request -> request.bucket(bucket).key(key));
            } catch (S3Exception e) {
                if (e.statusCode() == 403) {
                    // it has no body that says why; the refusal of a listing has
                    s3.listObjectsV2(request -> request.bucket(bucket).prefix(key).maxKeys(1));
                }
                throw e;
            }
            return new Stored(key, r.contentLength(), r.contentType(), r.eTag(), r.lastModified(), UserMetadata.decode(r.metadata()));
        });
    }

    /** Copies inside the store, content type and user metadata included. @return false where there is no such object */
    public boolean copyTo(ObjectStore target, String key, String targetKey) {
        return copyTo(target, key, targetKey, null);
    }

    /** @param etag of what is to be copied, null for whatever is there @return false where that is not there, or not any more */
    public boolean copyTo(ObjectStore target, String key, String targetKey, String etag) {
        return found("copy", key, () -> {
            try {
                s3.copyObject(request -> request.sourceBucket(bucket).sourceKey(key).copySourceIfMatch(etag)
                        .destinationBucket(target.bucket).destinationKey(targetKey));
                return true;
            } catch (S3Exception e) {
                if (e.statusCode() == 412) {
                    return false;
                }
                throw e;
            }
        }).orElse(false);
    }

    /** Keys in order, a page fetched as the stream gets there. */
    public Stream<Stored> list(String prefix) {
        return list(prefix, null);
    }

    /** @param after the listing begins with the first key behind it; null for all */
    public Stream<Stored> list(String prefix, String after) {
        var pages = call("list", prefix, () -> s3.listObjectsV2Paginator(r -> r.bucket(bucket).prefix(prefix).startAfter(after)).contents().iterator());
        Iterator<Stored> objects = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return call("list", prefix, pages::hasNext);
            }

            @Override
            public Stored next() {
                var o = call("list", prefix, pages::next);
                return new Stored(o.key(), o.size(), null, o.eTag(), o.lastModified(), Map.of());
            }
        };
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(objects, Spliterator.ORDERED), false);
    }

    public void delete(String... keys) {
        delete(List.of(keys));
    }

    /**
     * Deletes the objects that are there, and every older version of them where the bucket keeps versions.
     *
     * @throws Overtaken where the store keeps one back, which it may do with that one alone
     */
    public void delete(Collection<String> keys) {
        if (keys.isEmpty()) {
            return;
        }
        List<ObjectIdentifier> doomed = keepsVersions()
                ? keys.stream().flatMap(this::versions).toList()
                : keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
        for (int from = 0; from < doomed.size(); from += BATCH) {
            List<ObjectIdentifier> batch = doomed.subList(from, Math.min(from + BATCH, doomed.size()));
            var answer = call("delete", batch.getFirst().key(), () -> s3.deleteObjects(request -> request.bucket(bucket)
                    .delete(d -> d.objects(batch).quiet(true))));
            answer.errors().stream().filter(e -> !"NoSuchKey".equals(e.code())).findFirst().ifPresent(e -> {
                String detail = "The object store did not delete %s: %s %s.".formatted(name(e.key()), e.code(), e.message());
                if ("AccessDenied".equals(e.code())) {
                    throw new Overtaken(detail + " Check the rights of this group's access key and the bucket's object lock.");
                }
                throw new Unavailable(detail, null);
            });
        }
    }

    /** Asked each time, deletes being rare: a bucket that began to keep versions must not keep a withdrawn image. */
    private boolean keepsVersions() {
        return call("ask for the versioning of", "", () -> {
            try {
                // also suspended versioning has a status, and still holds the versions of earlier days
                return s3.getBucketVersioning(request -> request.bucket(bucket)).status() != null;
            } catch (S3Exception e) {
                if (e.statusCode() == 501) {
                    return false;
                }
                throw e;
            }
        });
    }

    private Stream<ObjectIdentifier> versions(String key) {
        return call("list the versions of", key, () -> {
            List<ObjectIdentifier> all = new ArrayList<>();
            for (var page : s3.listObjectVersionsPaginator(request -> request.bucket(bucket).prefix(key))) {
                page.versions().stream().filter(v -> v.key().equals(key))
                        .forEach(v -> all.add(ObjectIdentifier.builder().key(key).versionId(v.versionId()).build()));
                page.deleteMarkers().stream().filter(v -> v.key().equals(key))
                        .forEach(v -> all.add(ObjectIdentifier.builder().key(key).versionId(v.versionId()).build()));
            }
            return all.stream();
        });
    }

    private <T> Optional<T> found(String verb, String key, Supplier<T> call) {
        return call(verb, key, () -> {
            try {
                return Optional.of(call.get());
            } catch (S3Exception e) {
                // a copy's missing source has the code but not the class
                if (e instanceof NoSuchKeyException || errorCode(e).equals("NoSuchKey")) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    private <T> T call(String verb, String key, Supplier<T> call) {
        try {
            return call.get();
        } catch (S3Exception e) {
            throw translate(verb, key, e);
        } catch (SdkException e) {
            throw new Unavailable("The object store did not answer to %s %s. Check safelight.store.endpoint and that the store is up."
                    .formatted(verb, name(key)), e);
        }
    }

    private SafelightException translate(String verb, String key, S3Exception e) {
        String code = errorCode(e);
        String said = "The object store answered %d %s to %s %s. ".formatted(e.statusCode(), code, verb, name(key));
        if (code.equals("InvalidObjectState")) {
            return new Fault(said + "It lies in an archive: restore it, and replay this.", e);
        }
        return switch (e.statusCode()) {
            case 507 -> new Unavailable(said + "It is full: free space or enlarge it.", e);
            // 409 is a conditional write that met another one
            case 408, 409, 429 -> new Unavailable(said + "It can be tried again.", e);
            case 401 -> new Unavailable(said + "Check the access key of this group.", e);
            case 403 -> BAD_KEY.contains(code) ? new Unavailable(said + "Check the access key of this group.", e)
                    : new Overtaken(said + "Check the rights of this group's access key on the bucket, and the bucket's policy.");
            case 404 -> new Unavailable(said + "Check that the bucket exists and that safelight.store.* names it.", e);
            case 501 -> new Fault(said + "It lacks a part of the S3 API that is needed.", e);
            default -> e.statusCode() >= 500 || code.equals("RequestTimeout")
                    ? new Unavailable(said + "It can be tried again.", e)
                    : new Fault(said + "The log has the whole answer.", e);
        };
    }

    private static String errorCode(S3Exception e) {
        return e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    }

    private String name(String key) {
        return bucket + "/" + key;
    }

    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new Fault("The work file " + file + " could not be removed; check the rights on its folder.", e);
        }
    }
}

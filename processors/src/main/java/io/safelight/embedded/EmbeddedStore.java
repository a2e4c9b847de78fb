package io.safelight.embedded;

import io.safelight.embedded.StoreIdentity.Bucket;
import io.safelight.error.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;

/** S3Proxy over a folder: two buckets and one identity per route group, each with its own rights. */
final class EmbeddedStore implements EmbeddedServer {
    /** Those of this process, by their addresses. */
    private static final Map<String, EmbeddedStore> RUNNING = new ConcurrentHashMap<>();

    private final S3Proxy proxy;
    private final Map<String, String> secrets;
    private final Map<String, AccessGrant> grants;

    private EmbeddedStore(S3Proxy proxy, Map<String, String> secrets, Map<String, AccessGrant> grants) {
        this.proxy = proxy;
        this.secrets = secrets;
        this.grants = grants;
    }

    static EmbeddedStore start(DataFolder folder, int port, String privateBucket, String publicBucket) {
        if (port != 0) {
            Loopback.port(port, "safelight.store.embedded-port");
        }
        var buckets = Map.of(privateBucket, Bucket.PRIVATE, publicBucket, Bucket.PUBLIC);
        var root = folder.folder("buckets").path();
        try {
            for (var bucket : buckets.keySet()) {
                requireAttributes(Files.createDirectories(root.resolve(bucket)));
            }
            var store = DurableBlobStore.open(root);
            var secrets = new HashMap<String, String>();
            var grants = new HashMap<String, AccessGrant>();
            for (var identity : StoreIdentity.values()) {
                var secret = folder.secret(identity.group() + ".secret-key");
                secrets.put(identity.group(), secret);
                grants.put(accessKey(identity.group()), new AccessGrant(secret, new GuardedBlobStore(store, buckets, identity)));
            }
            var proxy = S3Proxy.builder()
                    .endpoint(URI.create("http://" + Loopback.HOST + ":" + port))
                    // this pair signs nothing: the locator below replaces it; the store is the one for unsigned requests
                    .awsAuthentication(AuthenticationType.AWS_V4, "none", folder.secret("none.secret-key"))
                    .blobStore(new GuardedBlobStore(store, buckets, null))
                    .stopTimeout(5_000)
                    .build();
            proxy.setBlobStoreLocator((accessKey, bucket, key) -> grants.get(accessKey));
            proxy.start();
            var running = new EmbeddedStore(proxy, secrets, grants);
            RUNNING.put(running.address(), running);
            return running;
        } catch (IOException e) {
            throw DataFolder.unusable(root, e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new Fault("The embedded object store did not start: " + e.getMessage()
                    + "; set safelight.store.embedded-port to a free port, or safelight.store.endpoint to an S3 service.", e);
        }
    }

    /** What a key opens in the store at this address; empty where the store is not in this process, or the key is none of its keys. */
    static Optional<BlobStore> here(String address, String accessKey, String secretKey) {
        return Optional.ofNullable(RUNNING.get(address)).map(store -> store.grants.get(accessKey))
                .filter(grant -> grant.credential().equals(Optional.of(secretKey))).map(AccessGrant::blobStore);
    }

    /** S3Proxy keeps content type and user metadata in file attributes, and drops them in silence where there are none. */
    private static void requireAttributes(Path bucket) throws IOException {
        try {
            Files.getFileAttributeView(bucket, UserDefinedFileAttributeView.class)
                    .write("safelight", ByteBuffer.wrap(new byte[] {1}));
        } catch (IOException | UnsupportedOperationException e) {
            throw new IOException("the file system keeps no extended attributes; ext4, xfs and btrfs do", e);
        }
    }

    private static String accessKey(String group) {
        return "safelight-" + group;
    }

    @Override
    public String name() {
        return "object store";
    }

    @Override
    public String address() {
        return "http://" + Loopback.HOST + ":" + proxy.getPort();
    }

    @Override
    public Map<String, String> settings() {
        var settings = new HashMap<String, String>();
        settings.put("safelight.store.endpoint", address());
        secrets.forEach((group, secret) -> {
            settings.put("safelight.store.identities." + group + ".access-key", accessKey(group));
            settings.put("safelight.store.identities." + group + ".secret-key", secret);
        });
        return settings;
    }

    @Override
    public void close() {
        RUNNING.remove(address());
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new Fault("The embedded object store did not stop: " + e.getMessage(), e);
        }
    }
}

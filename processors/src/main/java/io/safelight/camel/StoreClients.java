package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.embedded.HandOverClient;
import io.safelight.store.ObjectStore;
import io.safelight.store.StoreListener;
import java.net.URI;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;

/** A client for each group, with the group's own identity and so with its own rights. */
public final class StoreClients {
    private StoreClients() {}

    /** @throws IllegalArgumentException where the group has no identity */
    public static S3Client of(SafelightConfig.Store config, String group, StoreListener listener) {
        SafelightConfig.Identity identity = config.identities().get(group);
        if (identity == null) {
            throw new IllegalArgumentException(("The group %1$s has no identity at the object store: set "
                    + "safelight.store.identities.%1$s.access-key and .secret-key").formatted(group));
        }
        S3Client client = ObjectStore.client(URI.create(config.endpoint()), config.region(), identity.accessKey(), identity.secretKey(), listener);
        return HandOverClient.of(client, config.endpoint(), identity.accessKey(), identity.secretKey(), listener);
    }

    /**
     * The same for Camel's endpoints, which ask at the start for their bucket and will not start where nobody answers: a store that is
     * away must not keep a process from starting.
     */
    static S3Client unasked(SafelightConfig.Store config, String group, StoreListener listener) {
        return new DelegatingS3Client(of(config, group, listener)) {
            @Override
            public HeadBucketResponse headBucket(HeadBucketRequest request) {
                return HeadBucketResponse.builder().build();
            }
        };
    }
}

package io.safelight.store;

import java.time.Duration;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** Hears of every request to the object store, for metrics. Called by whoever asked: be quick. */
@FunctionalInterface
public interface StoreListener {
    StoreListener NOBODY = (operation, tier, bytes, took, answered) -> { };

    enum Operation { READ, WRITE, COPY, DELETE, LOOK }

    /**
     * @param tier     of what was written; null for other requests
     * @param bytes    that were sent
     * @param answered whether the store did it or had a reason not to, such as an object that is not there; false where it is away, full or refuses us
     */
    void asked(Operation operation, Tier tier, long bytes, Duration took, boolean answered);

    /** The same of a request of the SDK. */
    default void asked(SdkRequest request, long bytes, Duration took, boolean answered) {
        Operation operation = switch (request) {
            case GetObjectRequest get -> Operation.READ;
            case PutObjectRequest put -> Operation.WRITE;
            case CopyObjectRequest copy -> Operation.COPY;
            case DeleteObjectRequest delete -> Operation.DELETE;
            case DeleteObjectsRequest delete -> Operation.DELETE;
            default -> Operation.LOOK;
        };
        asked(operation, request instanceof PutObjectRequest put ? Tier.of(put.key()) : null, bytes, took, answered);
    }
}

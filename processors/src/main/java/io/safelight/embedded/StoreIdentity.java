package io.safelight.embedded;

import static io.safelight.embedded.StoreIdentity.Bucket.PRIVATE;
import static io.safelight.embedded.StoreIdentity.Bucket.PUBLIC;
import static io.safelight.embedded.StoreIdentity.Right.DELETE;
import static io.safelight.embedded.StoreIdentity.Right.LIST;
import static io.safelight.embedded.StoreIdentity.Right.READ;
import static io.safelight.embedded.StoreIdentity.Right.WRITE;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What each route group may do in the object store: the table behind "nothing is shown that was not cleared". Real buckets
 * get the same rights from {@code config/s3-policies/}, which a test compares with this.
 */
enum StoreIdentity {
    INGRESS(grant(PRIVATE, "incoming/", READ, WRITE), grant(PRIVATE, "raw/", READ, WRITE)),
    PROCESSING(grant(PRIVATE, "", READ, WRITE)),
    MODERATION(grant(PRIVATE, "master/", READ)),
    METADATA(grant(PRIVATE, "", READ, WRITE, LIST, DELETE), grant(PUBLIC, "", READ, WRITE, LIST, DELETE)),
    SERVING(grant(PUBLIC, "", READ)),
    LIFECYCLE(grant(PRIVATE, "", LIST, DELETE), grant(PUBLIC, "", READ, LIST));

    enum Bucket { PRIVATE, PUBLIC }

    /** READ is get and head of an object, LIST its name in a listing, WRITE put, copy to and multipart. */
    enum Right { READ, WRITE, LIST, DELETE }

    /** @param prefix of the keys it is for; empty for all */
    record Grant(Bucket bucket, String prefix, Set<Right> rights) {}

    private final List<Grant> grants;

    StoreIdentity(Grant... grants) {
        this.grants = List.of(grants);
    }

    List<Grant> grants() {
        return grants;
    }

    String group() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param key the object's, or the prefix of a listing */
    boolean may(Right right, Bucket bucket, String key) {
        return grants.stream().anyMatch(g -> g.bucket() == bucket && key.startsWith(g.prefix()) && g.rights().contains(right));
    }

    private static Grant grant(Bucket bucket, String prefix, Right... rights) {
        return new Grant(bucket, prefix, Set.of(rights));
    }
}

package io.safelight.store;

import java.util.UUID;

/** The keys of the private bucket that are known from the id alone. */
public final class Keys {
    /** Before the name that a variant has in the public bucket. */
    public static final String STAGING = "staging/";

    private Keys() {}

    /** Written by the holder of a presigned URL. */
    public static String incoming(UUID id) {
        return "incoming/" + id;
    }

    /** The original, never overwritten. */
    public static String raw(UUID id) {
        return "raw/" + id;
    }

    /** The one source of every served pixel. */
    public static String master(UUID id) {
        return "master/" + id;
    }

    /** The prefix of an image's variants. */
    public static String staging(UUID id) {
        return STAGING + id + "/";
    }
}

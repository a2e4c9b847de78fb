package io.safelight.model;

import java.util.UUID;

/**
 * One rendition of an image in the object store.
 *
 * @param name   its name in {@code config/variants.yaml}, such as {@code thumb}, or {@link #SOURCE}
 * @param sha256 of its bytes, lower-case hex; the first 16 digits are the hash in its key
 * @param key    {@code staging/{id}/{variant}-{hash}.{ext}} in the private bucket; the source's is {@code master/{id}}
 */
public record Variant(String name, Format format, int width, int height, long bytes, String sha256, String key) {
    /** The name of the master as it is published: nobody is given it, what is made on the fly is made of it. */
    public static final String SOURCE = "source";
    private static final String MASTER = "master/";

    /** The same bytes as the master, which is what moderation looks at. */
    public static Variant source(UUID id, Format format, int width, int height, long bytes, String sha256) {
        return new Variant(SOURCE, format, width, height, bytes, sha256, MASTER + id);
    }

    public static String stagingKey(UUID id, String name, String sha256, Format format) {
        return "staging/" + id + "/" + file(name, sha256, format);
    }

    /** The key of the same bytes in the public bucket. */
    public String publicKey() {
        return key.startsWith(MASTER) ? key.substring(MASTER.length()) + "/" + file(name, sha256, format) : key.substring("staging/".length());
    }

    private static String file(String name, String sha256, Format format) {
        return name + "-" + sha256.substring(0, 16) + "." + format.extension();
    }
}

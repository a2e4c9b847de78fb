package io.safelight.model;

/**
 * One rendition of an image in the object store.
 *
 * @param name   its name in {@code config/variants.yaml}, such as {@code thumb}
 * @param sha256 of its bytes, lower-case hex; the first 16 digits are the hash in its key
 * @param key    {@code staging/{id}/{variant}-{hash}.{ext}} in the private bucket
 */
public record Variant(String name, Format format, int width, int height, long bytes, String sha256, String key) {
    public static String stagingKey(java.util.UUID id, String name, String sha256, Format format) {
        return "staging/" + id + "/" + name + "-" + sha256.substring(0, 16) + "." + format.extension();
    }

    /** The key of the same bytes in the public bucket. */
    public String publicKey() {
        return key.substring("staging/".length());
    }
}

package io.safelight.store;

import java.time.Instant;
import java.util.Map;

/**
 * What the store says of an object.
 *
 * @param etag        opaque, for {@link ObjectStore#putIfUnchanged}
 * @param contentType null in a listing
 * @param metadata    user metadata; empty in a listing
 */
public record Stored(String key, long bytes, String contentType, String etag, Instant modified, Map<String, String> metadata) {}

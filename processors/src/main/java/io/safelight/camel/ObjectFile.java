package io.safelight.camel;

import java.nio.file.Path;
import java.util.Map;

/**
 * A file on its way into the private bucket.
 *
 * @param sha256   lower-case hex
 * @param metadata further user metadata; content type and digest are added to it
 */
public record ObjectFile(Path file, String key, String contentType, String sha256, Map<String, String> metadata) {}

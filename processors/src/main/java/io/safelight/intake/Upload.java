package io.safelight.intake;

import java.nio.file.Path;
import java.time.Instant;

/**
 * A file that arrived, complete.
 *
 * @param file        on the local disk; deleted when its exchange ends
 * @param name        as the sender gave it, not cleaned; may be null
 * @param contentType as the sender declared it; may be null
 * @param sha256      lower-case hex, computed while it came in
 * @param started     when its first byte was awaited
 */
public record Upload(Path file, String name, String contentType, long bytes, String sha256, Instant started) {}

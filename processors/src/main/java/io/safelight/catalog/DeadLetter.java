package io.safelight.catalog;

import io.safelight.model.Ids;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A message that could not be processed, with all that is needed to understand and to replay it.
 *
 * @param id          the message's; made from queue and body where it has none fit to be a key
 * @param imageId     null where the message does not tell
 * @param cause       class of the exception
 * @param stackDigest the same for the same failure, to group by
 * @param body        as it came
 * @param headers     as they came; values other than text, numbers and booleans as text
 * @param first       time of the first failure
 * @param last        time of the last failure
 * @param replayedAt  null while nobody replayed it
 */
public record DeadLetter(String id, String queue, UUID imageId, String cause, String message, String stackDigest, byte[] body,
                         Map<String, Object> headers, int attempts, String trace, Instant first, Instant last, Instant replayedAt) {
    private static final int LONGEST_ID = 200;

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<DeadLetter> deadLetters, String next) {}

    public DeadLetter {
        queue = queue == null ? "unknown" : queue;
        cause = cause == null ? "unknown" : cause;
        body = body == null ? new byte[0] : body;
        headers = plain(headers);
        last = last == null ? Instant.now() : last;
        first = first == null ? last : first;
        if (id == null || id.isBlank() || id.length() > LONGEST_ID || id.indexOf('\0') >= 0) {
            id = Ids.nameBased(queue, String.valueOf(id), new String(body, StandardCharsets.ISO_8859_1)).toString();
        }
    }

    private static Map<String, Object> plain(Map<String, Object> headers) {
        Map<String, Object> plain = new LinkedHashMap<>();
        if (headers != null) {
            headers.forEach((name, value) -> plain.put(name, switch (value) {
                case null -> null;
                case String s -> s;
                case Number n -> n;
                case Boolean b -> b;
                default -> value.toString();
            }));
        }
        return plain;
    }
}

package io.safelight.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import io.safelight.model.Ids;
import io.safelight.model.Topology;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A message that could not be processed, with all that is needed to understand and to replay it.
 *
 * @param id          the message's; made from queue and body where it has none fit to be a key, and from queue and id where the same
 *                    message died in another queue too
 * @param imageId     null where the message does not tell
 * @param cause       class of the exception
 * @param stackDigest the same for the same failure at the same place
 * @param body        as it came
 * @param headers     as they came, and the marks of retries and of the burial; dates and bytes as text
 * @param attempts    tries until it died last
 * @param first       time of the first failure
 * @param last        time of the last failure; null where nobody tells it, until it is kept
 * @param fate        what became of it; null while it is not kept yet
 */
public record DeadLetter(String id, String queue, UUID imageId, String cause, String message, String stackDigest, byte[] body,
                         Map<String, Object> headers, int attempts, String trace, Instant first, Instant last, Fate fate) {
    /** Of a message that nobody names a queue for: it cannot be replayed. */
    public static final String UNKNOWN = "unknown";
    private static final int LONGEST_ID = 200;
    /** Headers that retries, the burial and the broker add. */
    private static final Set<String> MARKS = Set.of("attempt", "queue", "cause-class", "cause-message", "stack-digest", "failed-at");

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<Listed> deadLetters, String next) {}

    /**
     * As a list has it: without its body where that is too long for a list of many.
     *
     * @param bytes length of the body
     */
    public record Listed(DeadLetter letter, long bytes) {
        public boolean isWhole() {
            return letter.body.length == bytes;
        }
    }

    /** Whether somebody has to do something about it. */
    public enum Status {
        OPEN, REPLAYED, DISCARDED;

        @JsonValue
        public String slug() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param group      of all that died in the same queue of the same cause at the same place
     * @param deaths     times that it could not be processed; more than one after replays
     * @param replayedAt null while it is open, also where it died again after a replay
     * @param discarded  null where it is not
     */
    public record Fate(String group, Status status, int deaths, int replays, Instant replayedAt, Discarded discarded) {}

    /** Why a letter was given up, and by whom. */
    public record Discarded(Instant at, String reason, String by) {}

    public DeadLetter {
        queue = queue == null ? UNKNOWN : queue;
        cause = cause == null ? "unknown" : cause;
        body = body == null ? new byte[0] : body;
        headers = plain(headers);
        first = first == null ? last : first;
        if (id == null || id.isBlank() || id.length() > LONGEST_ID || id.indexOf('\0') >= 0) {
            id = Ids.nameBased(queue, String.valueOf(id), new String(body, StandardCharsets.ISO_8859_1)).toString();
        }
    }

    /** The same under the id that it has where the message died in another queue too, as an event of which two hear does. */
    DeadLetter apart() {
        return new DeadLetter(Ids.nameBased(queue, id).toString(), queue, imageId, cause, message, stackDigest, body, headers, attempts, trace,
                first, last, fate);
    }

    /** Null while it is open, also where it died again after a replay. */
    public Instant replayedAt() {
        return fate == null ? null : fate.replayedAt();
    }

    /** The headers with which the message came the first time. */
    public Map<String, Object> original() {
        return part(false);
    }

    /** The headers that retries, the burial and the broker added. */
    public Map<String, Object> marks() {
        return part(true);
    }

    private Map<String, Object> part(boolean marks) {
        Map<String, Object> part = new LinkedHashMap<>(headers);
        part.keySet().removeIf(name -> (MARKS.contains(name) || Topology.isBrokersHeader(name)) != marks);
        return part;
    }

    private static Map<String, Object> plain(Map<String, Object> headers) {
        Map<String, Object> plain = new LinkedHashMap<>();
        if (headers != null) {
            headers.forEach((name, value) -> plain.put(name, plain(value)));
        }
        return plain;
    }

    private static Object plain(Object value) {
        return switch (value) {
            case null -> null;
            case String s -> s;
            case Number n -> n;
            case Boolean b -> b;
            case Date date -> date.toInstant().toString();
            case List<?> list -> list.stream().map(DeadLetter::plain).collect(Collectors.toCollection(ArrayList::new));
            case Map<?, ?> table -> {
                Map<String, Object> plain = new LinkedHashMap<>();
                table.forEach((name, one) -> plain.put(String.valueOf(name), plain(one)));
                yield plain;
            }
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            default -> value.toString();
        };
    }
}

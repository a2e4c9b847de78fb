package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.UUID;

/**
 * A message on the {@code safelight} exchange: references, never pixels (Claim Check).
 *
 * @param v      version of this layout, 1
 * @param id     the image
 * @param sha256 of the object at the first key, which a reader verifies; null where there are no keys
 * @param keys   objects in the private bucket, the one to read first
 * @param trace  32 hex digits, one from upload to first serve (W3C trace id)
 * @param step   the work that led to the fact; null where none was done
 * @param fact   what became true
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Event(int v, UUID id, String sha256, List<String> keys, String trace, Step step, Fact fact) {
    public static final int VERSION = 1;

    public Event {
        keys = keys == null ? List.of() : List.copyOf(keys);
    }

    public static Event of(UUID id, String trace, Fact fact, Step step) {
        return new Event(VERSION, id, null, List.of(), trace, step, fact);
    }

    public Event withObject(String key, String sha256) {
        return new Event(v, id, sha256, List.of(key), trace, step, fact);
    }

    /** {@code image.<kind>}; a slow original is {@code image.accepted.slow}, which goes to the lane of its own. */
    @JsonIgnore
    public String routingKey() {
        return "image." + fact.kind() + (fact instanceof Fact.Accepted a && a.slow() ? ".slow" : "");
    }
}

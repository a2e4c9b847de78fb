package io.safelight.camel;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.safelight.error.Problem;
import io.safelight.model.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** What an uploader is told about one file: where to find it, or why it was refused. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Receipt(UUID id, String name, State state, Map<String, String> links, Problem problem) {

    static Receipt accepted(UUID id, String name) {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("self", "/api/images/" + id);
        links.put("timeline", "/api/images/" + id + "/timeline");
        links.put("image", "/i/" + id + "/{variant}");
        return new Receipt(id, name, State.ACCEPTED, links, null);
    }

    static Receipt refused(String name, Problem problem) {
        return new Receipt(null, name, null, null, problem);
    }

    @JsonIgnore
    boolean isRefused() {
        return problem != null;
    }
}

package io.safelight.moderate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.safelight.model.Seen;
import java.util.List;
import java.util.Map;

/**
 * What the models saw.
 *
 * @param model  the first of them, {@code name@version}
 * @param labels its labels → probability 0..1, in the model's order
 * @param models what each of several saw; null where there is one
 */
public record Scan(String model, Map<String, Double> labels, @JsonInclude(JsonInclude.Include.NON_NULL) List<Seen> models) {
    static Scan of(List<Seen> seen) {
        return new Scan(seen.getFirst().model(), seen.getFirst().labels(), seen.size() == 1 ? null : seen);
    }
}

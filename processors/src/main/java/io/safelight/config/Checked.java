package io.safelight.config;

import io.safelight.error.Fault;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was read from a file, and all that is wrong with it, not only the first fault.
 *
 * @param value null where there are findings
 */
public record Checked<T>(T value, List<Finding> findings) {
    public Checked {
        findings = List.copyOf(findings);
    }

    /** @throws Fault naming every finding */
    public T orThrow() {
        if (!findings.isEmpty()) {
            throw new Fault(findings.stream().map(Finding::toString).collect(Collectors.joining("\n")));
        }
        return value;
    }
}

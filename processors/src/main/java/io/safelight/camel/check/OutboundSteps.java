package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.List;
import java.util.function.Consumer;

/** Where a message leaves the process, the step has a name for metrics and a sentence for people. */
final class OutboundSteps implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            if (block.kind() == Block.Kind.TEMPLATE) {
                continue;
            }
            block.endpoints().stream().filter(e -> !e.isSource() && e.leaves(project)).forEach(e -> {
                for (String part : List.of("id", "description")) {
                    if (e.node().get(part).text().isBlank()) {
                        findings.accept(e.node().fault("'" + e.uri().text() + "' leaves the process but the step has no " + part,
                                part.equals("id") ? "Name the step; traces and metrics show the name." : "Say in business terms what goes out."));
                    }
                }
            });
        }
    }
}

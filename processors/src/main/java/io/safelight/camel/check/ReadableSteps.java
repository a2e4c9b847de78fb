package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Whoever reads a route, or its diagram, is told what each step is for; where a message leaves the process, the step has a name for metrics too. */
final class ReadableSteps implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            if (block.kind() != Block.Kind.TEMPLATE) {
                block.endpoints().stream().filter(e -> !e.isSource() && e.leaves(project) && lacks(e.node(), "id")).forEach(e ->
                        findings.accept(e.node().fault("'" + e.uri().text() + "' leaves the process but the step has no id", "Name the step; traces and metrics show the name.")));
            }
            block.steps().filter(step -> !lacks(step, "id") && lacks(step, "description")).forEach(step ->
                    findings.accept(step.fault("the step '" + step.get("id").text() + "' has no description", "Say in business terms what it is for; diagrams show it.")));
            cases(block).filter(one -> lacks(one, "description")).forEach(one ->
                    findings.accept(one.fault("a case of a choice has no description", "Say which case it is; diagrams show it.")));
        }
    }

    private static Stream<Yaml> cases(Block block) {
        return block.steps().filter(step -> step.key().equals("choice"))
                .flatMap(choice -> Stream.concat(choice.get("when").items().stream(), Stream.of(choice.get("otherwise")).filter(Yaml::exists)));
    }

    private static boolean lacks(Yaml node, String part) {
        return node.get(part).text().isBlank();
    }
}

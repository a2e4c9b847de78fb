package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Routes that call each other find each other, and a route is worth being one. */
final class Wiring implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        Map<String, Block> consumers = new HashMap<>();
        for (Block route : project.routes) {
            Endpoint source = route.source();
            if (isCall(source) && consumers.putIfAbsent(name(source), route) != null) {
                findings.accept(source.uri().fault(name(source) + " has a second consumer", "Camel allows one; give it a name of its own."));
            }
            lonelyBean(route, findings);
        }
        for (Block block : project.blocks()) {
            block.endpoints().stream().filter(e -> !e.isSource() && isCall(e)).forEach(call -> call(call, block, consumers, findings));
            configurations(project, block, findings);
        }
    }

    private static boolean isCall(Endpoint endpoint) {
        return Set.of("direct", "seda").contains(endpoint.scheme()) && !endpoint.path().contains("{{") && !endpoint.path().contains("${");
    }

    private static String name(Endpoint endpoint) {
        return endpoint.scheme() + ":" + endpoint.path();
    }

    private static void call(Endpoint call, Block caller, Map<String, Block> consumers, Consumer<Finding> findings) {
        Block consumer = consumers.get(name(call));
        String group = caller.node().get("group").text();
        if (consumer == null) {
            findings.accept(call.uri().fault("no route consumes " + name(call),
                    Names.suggest(name(call), consumers.keySet(), "Write the route with from: " + name(call) + ".")));
        } else if (caller.kind() == Block.Kind.ROUTE && !consumer.node().get("group").text().equals(group)) {
            findings.accept(call.uri().fault(name(call) + " belongs to the group " + consumer.node().get("group").text(),
                    "Groups run apart: talk to it through the queue, the object store or the metadata API."));
        }
    }

    private static void configurations(Project project, Block route, Consumer<Finding> findings) {
        Set<String> known = project.configurations.stream().map(Block::id).collect(Collectors.toSet());
        for (String id : route.configurationIds()) {
            if (!known.contains(id)) {
                findings.accept(route.node().get("routeConfigurationId").fault("no routeConfiguration has the id '" + id + "'",
                        Names.suggest(id, known, "Camel ignores it without a word, and with it the error handling.")));
            }
        }
    }

    private static void lonelyBean(Block route, Consumer<Finding> findings) {
        List<Yaml> steps = Block.stepsOf(route.from().get("steps")).toList();
        if (steps.size() == 1 && (steps.getFirst().key().equals("bean") || Endpoint.of(steps.getFirst()).scheme().equals("bean"))) {
            findings.accept(steps.getFirst().fault("the route is one call of a bean", "Show its steps in the route, or call the bean where the route is called."));
        }
    }
}

package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Every route says who it is, and no two say the same. */
final class RouteIdentity implements Rule {
    private static final Set<String> GROUPS =
            Set.of("ingress", "processing", "moderation", "metadata", "serving", "lifecycle", "classify", "scaler");
    private static final Map<String, String> REQUIRED = Map.of(
            "id", "Logs, metrics and tests name the route by it.",
            "description", "Say in a sentence what the route does.",
            "group", "SAFELIGHT_GROUPS starts the route by it; it is the name of the folder.",
            "nodePrefixId", "Give it the route's id and a dash; without it node ids of two routes collide and nothing starts.",
            "routeConfigurationId", "Name the error handling it wants, such as dead-letter.");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        Map<String, Yaml> ids = new HashMap<>();
        Map<String, Yaml> prefixes = new HashMap<>();
        Map<String, Yaml> configurations = new HashMap<>();
        Map<String, Yaml> nodes = new HashMap<>();
        for (Block route : project.routes) {
            REQUIRED.forEach((name, why) -> {
                if (route.node().get(name).text().isBlank()) {
                    findings.accept(route.node().fault("the route has no " + name, why));
                }
            });
            unique("the route id", route.node().get("id"), "", ids, findings);
            unique("the nodePrefixId", route.node().get("nodePrefixId"), "", prefixes, findings);
            group(route.node().get("group"), findings);
            String prefix = route.node().get("nodePrefixId").text();
            route.nodeIds().forEach(id -> unique("the node id", id, prefix, nodes, findings));
        }
        project.configurations.forEach(c -> unique("the routeConfiguration id", c.node().get("id"), "", configurations, findings));
    }

    private static void unique(String what, Yaml name, String prefix, Map<String, Yaml> seen, Consumer<Finding> findings) {
        if (!name.exists()) {
            return;
        }
        Yaml first = seen.putIfAbsent(prefix + name.text(), name);
        if (first != null) {
            findings.accept(name.fault(what + " '" + prefix + name.text() + "' is already taken at " + first.file() + ":" + first.line(),
                    "Give it a name of its own."));
        }
    }

    private static void group(Yaml group, Consumer<Finding> findings) {
        if (!group.exists()) {
            return;
        }
        if (!GROUPS.contains(group.text())) {
            findings.accept(group.fault("'" + group.text() + "' is not a group", Names.suggest(group.text(), GROUPS, "Take one of the groups.")));
            return;
        }
        List<String> path = List.of(group.file().split("/"));
        if (path.size() < 3 || !path.get(1).equals(group.text())) {
            findings.accept(group.fault("group '" + group.text() + "' differs from the folder",
                    "Move the file to routes/" + group.text() + "/, or change the group."));
        }
    }
}

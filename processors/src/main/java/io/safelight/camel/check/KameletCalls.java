package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A kamelet is called by a name it has, with the parameters it has. */
final class KameletCalls implements Rule {
    private static final Map<String, String> PATTERNS = Map.of(
            "integer", "-?\\d+", "number", "-?\\d+(\\.\\d+)?", "boolean", "true|false");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        Set<String> everyKamelets = project.catalog.componentModel("kamelet").getEndpointParameterOptions().stream()
                .map(o -> o.getName()).collect(Collectors.toSet());
        for (Block block : project.blocks()) {
            block.steps().filter(step -> step.key().equals("kamelet")).forEach(step -> findings.accept(
                    step.fault("a kamelet as a step of its own swallows what fails after it", "Write it as `to`, with uri: kamelet:NAME.")));
            for (Endpoint call : block.endpoints()) {
                boolean inner = block.kind() == Block.Kind.TEMPLATE && Set.of("source", "sink").contains(call.kamelet());
                if (call.isKamelet() && !inner && !call.path().contains("{")) {
                    check(project, call, everyKamelets, findings);
                }
            }
        }
    }

    private static void check(Project project, Endpoint call, Set<String> everyKamelets, Consumer<Finding> findings) {
        String name = call.kamelet();
        Kamelet kamelet = project.kamelet(name).orElse(null);
        if (kamelet == null) {
            findings.accept(call.uri().fault("there is no kamelet '" + name + "'",
                    Names.suggest(name, project.kamelets.stream().map(Kamelet::name).toList(), "Write kamelets/" + name + Project.KAMELET_SUFFIX + ".")));
            return;
        }
        if (call.isSource() != name.endsWith("-source")) {
            findings.accept(call.uri().fault("'" + name + "' cannot stand in '" + call.node().key() + "'", "Only a -source begins a route."));
        }
        if (!kamelet.file().exists()) {
            return;
        }
        Map<String, Yaml> properties = kamelet.properties();
        for (String required : kamelet.required()) {
            boolean given = call.parameters().containsKey(required);
            if (!given && properties.containsKey(required) && !properties.get(required).get("default").exists()) {
                findings.accept(call.uri().fault("'" + name + "' needs '" + required + "'", "Add it below parameters."));
            }
        }
        call.parameters().forEach((key, value) -> {
            if (properties.containsKey(key)) {
                value(value, properties.get(key), findings);
            } else if (!everyKamelets.contains(key)) {
                findings.accept(value.fault("'" + key + "' is no parameter of '" + name + "'",
                        Names.suggest(key, properties.keySet(), "Remove it, or declare it in the kamelet.")));
            }
        });
    }

    private static void value(Yaml value, Yaml property, Consumer<Finding> findings) {
        String text = value.text();
        if (text.contains("{{") || text.contains("${")) {
            return;
        }
        String type = property.get("type").text();
        if (!text.matches(PATTERNS.getOrDefault(type, "(?s).*"))) {
            findings.accept(value.fault("'" + text + "' is no value of '" + value.key() + "'", "Its type is " + type + "."));
        }
        Set<String> known = property.get("enum").items().stream().map(Yaml::text).collect(Collectors.toSet());
        if (!known.isEmpty() && !known.contains(text)) {
            findings.accept(value.fault("'" + text + "' is no value of '" + value.key() + "'", Names.suggest(text, known, "Take a known value.")));
        }
    }
}

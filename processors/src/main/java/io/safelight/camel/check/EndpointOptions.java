package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.camel.catalog.EndpointValidationResult;
import org.apache.camel.tooling.model.ComponentModel;

/** Components that exist and options they have, by Camel's catalogue. A value with a placeholder is taken as it is. */
final class EndpointOptions implements Rule {
    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            for (Endpoint endpoint : block.endpoints()) {
                if (endpoint.hasQuery() && endpoint.uri().key().equals("uri")) {
                    findings.accept(endpoint.uri().fault("options in the uri", "Move them below parameters, one a line."));
                } else if (!endpoint.scheme().isEmpty() && !endpoint.isKamelet()) {
                    check(project, endpoint, findings);
                }
            }
        }
    }

    private static void check(Project project, Endpoint endpoint, Consumer<Finding> findings) {
        String scheme = endpoint.scheme();
        if (project.catalog.componentJSonSchema(scheme) == null) {
            findings.accept(endpoint.uri().fault("there is no component '" + scheme + "'",
                    Names.suggest(scheme, project.catalog.findComponentNames(), "Look it up in Camel's list of components.")));
            return;
        }
        if (EndpointOptions.class.getResource("/META-INF/services/org/apache/camel/component/" + scheme) == null) {
            findings.accept(endpoint.uri().fault("the component '" + scheme + "' is not in this build", "Add its extension to pom.xml."));
        }
        // a step that enriches may consume or produce, and so is held to neither
        boolean consumes = endpoint.isSource();
        boolean produces = Set.of("to", "toD", "wireTap").contains(endpoint.node().key());
        report(project, endpoint, project.catalog.validateEndpointProperties(uri(endpoint), false, consumes, produces), findings);
    }

    private static String uri(Endpoint endpoint) {
        String options = endpoint.parameters().values().stream()
                .map(p -> p.key() + "=" + value(p.text())).collect(Collectors.joining("&"));
        String path = endpoint.path().replaceAll("\\{\\{[^}]*}}", "{{x}}");
        return endpoint.scheme() + ":" + path + (options.isEmpty() ? "" : "?" + options);
    }

    private static String value(String text) {
        return text.startsWith("#") ? "%23x" : text.contains("{{") || text.contains("${") ? "{{x}}" : URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static void report(Project project, Endpoint endpoint, EndpointValidationResult result, Consumer<Finding> findings) {
        String scheme = endpoint.scheme();
        ComponentModel model = project.catalog.componentModel(scheme);
        if (result.getSyntaxError() != null) {
            findings.accept(endpoint.uri().fault("'" + endpoint.uri().text() + "' cannot be read", "Write it as " + model.getSyntax() + "."));
        }
        if (result.getIncapable() != null) {
            findings.accept(endpoint.uri().fault("'" + scheme + "' cannot stand in '" + endpoint.node().key() + "'",
                    model.isConsumerOnly() ? "It only begins routes." : "It only sends."));
        }
        Set<String> options = model.getEndpointParameterOptions().stream().map(o -> o.getName()).collect(Collectors.toSet());
        for (String name : some(result.getUnknown())) {
            findings.accept(at(endpoint, name).fault("'" + name + "' is no option of " + scheme,
                    Names.suggest(name, options, "Look it up in Camel's reference of " + scheme + ".")));
        }
        for (String name : some(result.getRequired())) {
            findings.accept(endpoint.uri().fault("'" + scheme + "' needs '" + name + "'", "Add it."));
        }
        for (String name : some(result.getNotConsumerOnly())) {
            findings.accept(at(endpoint, name).fault("'" + name + "' does nothing in 'from'", "Remove it; it is for sending."));
        }
        for (String name : some(result.getNotProducerOnly())) {
            findings.accept(at(endpoint, name).fault("'" + name + "' does nothing in '" + endpoint.node().key() + "'", "Remove it; it is for receiving."));
        }
        wrong(result.getInvalidBoolean(), endpoint, name -> "Write true or false.", findings);
        wrong(result.getInvalidInteger(), endpoint, name -> "Write a whole number.", findings);
        wrong(result.getInvalidNumber(), endpoint, name -> "Write a number.", findings);
        wrong(result.getInvalidDuration(), endpoint, name -> "Write a duration, such as 500ms or 30s.", findings);
        wrong(result.getInvalidReference(), endpoint, name -> "Write a reference, such as #name.", findings);
        wrong(result.getInvalidEnum(), endpoint, name -> Names.suggest(endpoint.parameter(name), result.getEnumChoices(name), "Take a known value."), findings);
    }

    private static void wrong(Map<String, String> values, Endpoint endpoint, UnaryOperator<String> fix, Consumer<Finding> findings) {
        if (values != null) {
            values.forEach((name, value) -> findings.accept(
                    at(endpoint, name).fault("'" + value + "' is no value of '" + name + "'", fix.apply(name))));
        }
    }

    private static Set<String> some(Set<String> names) {
        return names == null ? Set.of() : names;
    }

    /** An option stands below parameters or is part of the path. */
    private static Yaml at(Endpoint endpoint, String option) {
        return endpoint.parameters().getOrDefault(option, endpoint.uri());
    }
}

package io.safelight.camel.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.safelight.config.Finding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.camel.dsl.yaml.YamlRoutesBuilderLoader;

/**
 * Camel's schema of its YAML language, held to the canonical form. The schema offers most things in several forms by {@code oneOf};
 * reading only the canonical branch of each leaves no alternatives, and so every mistake has one place and one sentence.
 */
final class DslSchema implements Rule {
    private final JsonNode schema;

    DslSchema() {
        try (InputStream in = YamlRoutesBuilderLoader.class.getResourceAsStream("/schema/camelYamlDsl.json")) {
            schema = new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Yaml file : project.routeFiles) {
            if (file.exists() && !file.isList()) {
                findings.accept(file.fault("a routes file is a list", "Begin each route with `- route:`."));
            }
            for (Yaml entry : file.items()) {
                entry.pairs().stream().filter(e -> e.key().equals("from")).forEach(e ->
                        findings.accept(e.fault("'from' stands outside a route", "Put it below `- route:`, where it gets an id and a description.")));
                validate(entry, schema.get("items"), findings);
            }
        }
        JsonNode template = definition("org.apache.camel.model.RouteTemplateDefinition").get("properties");
        for (Kamelet kamelet : project.kamelets) {
            kamelet.template().entries().forEach((key, part) -> {
                if (template.has(key)) {
                    validate(part, template.get(key), findings);
                } else {
                    findings.accept(part.fault("'" + key + "' has no place in a kamelet's template", "Known: beans, from, route."));
                }
            });
        }
    }

    private JsonNode definition(String name) {
        return schema.get("items").get("definitions").get(name);
    }

    private void validate(Yaml node, JsonNode given, Consumer<Finding> findings) {
        JsonNode shape = canonical(given);
        switch (shape.path("type").asText(shape.has("properties") ? "object" : "")) {
            case "object" -> object(node, shape, findings);
            case "array" -> {
                if (node.isList()) {
                    node.items().forEach(item -> validate(item, shape.path("items"), findings));
                } else {
                    findings.accept(node.fault("'" + node.key() + "' is a list", "Begin each of its items with a dash."));
                }
            }
            case "boolean" -> scalar(node, "true|false", "true or false", findings);
            case "number" -> scalar(node, "-?\\d+(\\.\\d+)?", "a number", findings);
            case "string" -> scalar(node, "(?s).*", "a text", findings);
            default -> { }
        }
        if (shape.has("enum") && node.isScalar() && !node.text().contains("{{")) {
            Set<String> known = new LinkedHashSet<>();
            shape.get("enum").forEach(value -> known.add(value.asText()));
            if (!known.contains(node.text())) {
                findings.accept(node.fault("'" + node.text() + "' is no value of '" + node.key() + "'", Names.suggest(node.text(), known, "Take a known value.")));
            }
        }
    }

    private static void scalar(Yaml node, String pattern, String what, Consumer<Finding> findings) {
        if (!node.isScalar() || !node.text().matches(pattern) && !node.text().contains("{{")) {
            findings.accept(node.fault("'" + node.key() + "' is " + what, "Write " + what + " here."));
        }
    }

    private void object(Yaml node, JsonNode shape, Consumer<Finding> findings) {
        if (!node.isMapping()) {
            findings.accept(node.fault("'" + node.key() + "' is in its short form", node.key().matches("to|toD|wireTap")
                    ? "Write uri and parameters below it." : "Write its properties below it, one a line."));
            return;
        }
        if (!shape.has("properties")) {
            return;
        }
        Map<String, JsonNode> known = properties(shape);
        boolean closed = shape.has("anyOf") || !shape.path("additionalProperties").asBoolean(true);
        for (Yaml entry : node.pairs()) {
            if (known.containsKey(entry.key())) {
                validate(entry, known.get(entry.key()), findings);
            } else if (shape.get("properties").has(entry.key())) {
                findings.accept(entry.fault("'" + entry.key() + "' stands where 'expression' belongs",
                        "Write expression: {" + entry.key() + ": {expression: …}}."));
            } else if (entry.key().equals("expression") && known.containsKey("constant")) {
                findings.accept(entry.fault("'" + node.key() + "' takes its language without 'expression'", "Write " + node.key() + ": {constant: {expression: …}}."));
            } else if (closed) {
                findings.accept(entry.fault("'" + entry.key() + "' has no place " + (node.key().isEmpty() ? "here" : "in '" + node.key() + "'"),
                        Names.suggest(entry.key(), known.keySet(), "Remove it, or look it up in Camel's reference.")));
            }
        }
        shape.path("required").forEach(name -> {
            if (!node.get(name.asText()).exists()) {
                findings.accept(node.fault("'" + node.key() + "' has no '" + name.asText() + "'", "Add it."));
            }
        });
    }

    /** Follows references, and takes the long form where a short one is offered beside it. */
    private JsonNode canonical(JsonNode shape) {
        if (shape.has("$ref")) {
            String name = shape.get("$ref").asText();
            return canonical(definition(name.substring(name.lastIndexOf('/') + 1)));
        }
        if (shape.has("oneOf") && shape.get("oneOf").size() == 2) {
            ObjectNode longForm = shape.get("oneOf").get(1).deepCopy();
            return shape.has("required") ? longForm.set("required", shape.get("required")) : longForm;
        }
        return shape;
    }

    /**
     * What may stand in an object. Beside its plain properties these are the alternatives of {@code anyOf/oneOf}, of which each allows one;
     * an empty property is the short form of an alternative.
     */
    private static Map<String, JsonNode> properties(JsonNode shape) {
        Map<String, JsonNode> known = new LinkedHashMap<>();
        shape.get("properties").properties().stream().filter(p -> !p.getValue().isEmpty()).forEach(p -> known.put(p.getKey(), p.getValue()));
        for (JsonNode group : shape.path("anyOf")) {
            for (JsonNode alternative : group.path("oneOf")) {
                alternative.path("properties").properties().forEach(p -> known.put(p.getKey(), p.getValue()));
            }
        }
        return known;
    }
}

package io.safelight.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.safelight.model.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The schemas of Kubernetes' own objects (OpenAPI 3) and of custom resources, taken strictly: a field that they do not name is a fault.
 * Of JSON schema as much as these documents use.
 */
final class Schemas {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String REFERENCE = "#/components/schemas/";
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    private record Schema(JsonNode document, JsonNode node) {
        Schema at(JsonNode other) {
            return new Schema(document, other);
        }
    }

    private final Map<String, Schema> kinds = new HashMap<>();

    /** @param files OpenAPI documents and files of custom resource definitions, YAML or JSON */
    static Schemas read(List<Path> files) {
        Schemas schemas = new Schemas();
        Schema metadata = null;
        List<JsonNode> definitions = new ArrayList<>();
        for (Path file : files) {
            for (JsonNode document : documents(file)) {
                if (document.path("kind").asText().equals("CustomResourceDefinition")) {
                    definitions.add(document.path("spec"));
                }
                for (JsonNode schema : document.path("components").path("schemas")) {
                    for (JsonNode id : schema.path("x-kubernetes-group-version-kind")) {
                        schemas.kinds.put(id(id.path("group").asText(), id.path("version").asText(), id.path("kind").asText()),
                                new Schema(document, schema));
                    }
                }
                JsonNode meta = document.path("components").path("schemas").path(META);
                metadata = meta.isMissingNode() ? metadata : new Schema(document, meta);
            }
        }
        for (JsonNode definition : definitions) {
            for (JsonNode version : definition.path("versions")) {
                ObjectNode schema = version.at("/schema/openAPIV3Schema").deepCopy();
                // the definition says no more of it than that it is an object
                ((ObjectNode) schema.path("properties")).set("metadata", YAML.createObjectNode().put("$ref", REFERENCE + META));
                schemas.kinds.put(id(definition.path("group").asText(), version.path("name").asText(), definition.at("/names/kind").asText()),
                        new Schema(metadata.document(), schema));
            }
        }
        return schemas;
    }

    private static List<JsonNode> documents(Path file) {
        ObjectMapper mapper = file.toString().endsWith(".json") ? Json.MAPPER : YAML;
        try (MappingIterator<JsonNode> documents = mapper.readerFor(JsonNode.class).readValues(file.toFile())) {
            return documents.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String id(String group, String version, String kind) {
        return (group.isEmpty() ? version : group + "/" + version) + " " + kind;
    }

    /** What a cluster would refuse of this object, or drop without a word. */
    List<String> faults(JsonNode object) {
        List<String> faults = new ArrayList<>();
        String id = object.path("apiVersion").asText() + " " + object.path("kind").asText();
        if (kinds.containsKey(id)) {
            walk(kinds.get(id), object, object.path("kind").asText() + " " + object.at("/metadata/name").asText(), faults);
        } else {
            faults.add("there is no " + id);
        }
        return faults;
    }

    private void walk(Schema schema, JsonNode value, String at, List<String> faults) {
        JsonNode node = schema.node();
        if (node.has("$ref")) {
            String name = node.path("$ref").asText().substring(REFERENCE.length());
            walk(schema.at(schema.document().path("components").path("schemas").path(name)), value, at, faults);
            return;
        }
        node.path("allOf").forEach(part -> walk(schema.at(part), value, at, faults));
        if (node.has("oneOf") && !node.has("type") && !fitsOne(schema, value)) {
            faults.add(at + ": " + value + " has none of the types allowed");
        }
        if (node.path("x-kubernetes-int-or-string").asBoolean()) {
            check(value.isIntegralNumber() || value.isTextual(), at + ": " + value + " is neither a number nor a text", faults);
            return;
        }
        switch (node.path("type").asText()) {
            case "object" -> object(schema, value, at, faults);
            case "array" -> array(schema, value, at, faults);
            case "string" -> text(node, value, at, faults);
            case "integer" -> check(value.isIntegralNumber(), at + ": " + value + " is no whole number", faults);
            case "number" -> check(value.isNumber(), at + ": " + value + " is no number", faults);
            case "boolean" -> check(value.isBoolean(), at + ": " + value + " is neither true nor false", faults);
            default -> { }
        }
        if (value.isNumber()) {
            check(!node.has("minimum") || value.asDouble() >= node.path("minimum").asDouble(), at + ": " + value + " is too small", faults);
            check(!node.has("maximum") || value.asDouble() <= node.path("maximum").asDouble(), at + ": " + value + " is too large", faults);
        }
        check(!node.has("enum") || contains(node.path("enum"), value), at + ": " + value + " is none of " + node.path("enum"), faults);
    }

    private boolean fitsOne(Schema schema, JsonNode value) {
        for (JsonNode choice : schema.node().path("oneOf")) {
            List<String> faults = new ArrayList<>();
            walk(schema.at(choice), value, "", faults);
            if (faults.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private void object(Schema schema, JsonNode value, String at, List<String> faults) {
        JsonNode node = schema.node();
        if (!value.isObject()) {
            faults.add(at + ": " + value + " is no mapping");
            return;
        }
        node.path("required").forEach(name -> check(value.has(name.asText()), at + ": '" + name.asText() + "' is missing", faults));
        // a schema that says nothing of its fields lets any in
        boolean open = node.path("x-kubernetes-preserve-unknown-fields").asBoolean() || !node.has("properties")
                && !node.path("additionalProperties").isObject();
        value.properties().forEach(field -> {
            String inside = at + "." + field.getKey();
            JsonNode known = node.path("properties").path(field.getKey());
            JsonNode any = node.path("additionalProperties");
            if (!known.isMissingNode()) {
                walk(schema.at(known), field.getValue(), inside, faults);
            } else if (any.isObject()) {
                walk(schema.at(any), field.getValue(), inside, faults);
            } else {
                check(open, inside + " is no field of it", faults);
            }
        });
    }

    private void array(Schema schema, JsonNode value, String at, List<String> faults) {
        if (!value.isArray()) {
            faults.add(at + ": " + value + " is no list");
            return;
        }
        JsonNode node = schema.node();
        check(value.size() >= node.path("minItems").asInt(), at + " has too few entries", faults);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            walk(schema.at(node.path("items")), item, at + "[" + i + "]", faults);
            if (node.path("x-kubernetes-list-type").asText().equals("map")) {
                List<String> key = new ArrayList<>();
                node.path("x-kubernetes-list-map-keys").forEach(name -> key.add(item.path(name.asText()).asText()));
                check(seen.add(key.toString()), at + " has " + key + " twice", faults);
            }
        }
    }

    private static void text(JsonNode node, JsonNode value, String at, List<String> faults) {
        check(value.isTextual(), at + ": " + value + " is no text", faults);
        check(!value.isTextual() || value.asText().length() >= node.path("minLength").asInt(), at + " is too short", faults);
        check(!value.isTextual() || !node.has("pattern") || value.asText().matches(".*(?:" + node.path("pattern").asText() + ").*"),
                at + ": " + value + " does not look like " + node.path("pattern").asText(), faults);
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode one : values) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static void check(boolean right, String fault, List<String> faults) {
        if (!right) {
            faults.add(fault);
        }
    }
}

package io.safelight.camel.check;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A piece of a file that holds steps.
 *
 * @param node the mapping below {@code route}, {@code routeConfiguration} or a kamelet's {@code template}
 */
record Block(Kind kind, Yaml node) {
    enum Kind { ROUTE, CONFIGURATION, TEMPLATE }

    private static final Set<String> NAMES_ENDPOINT = Set.of("from", "to", "toD", "wireTap", "poll", "enrich", "pollEnrich");

    String id() {
        return node.get("id").text();
    }

    /** The {@code from} of a route, or of a template that may be written as a route. */
    Yaml from() {
        return node.get("from").exists() ? node.get("from") : node.get("route", "from");
    }

    Endpoint source() {
        return Endpoint.of(from());
    }

    /** Every step, nested ones too; a step's key is its kind. */
    Stream<Yaml> steps() {
        return node.tree().filter(n -> n.key().equals("steps")).flatMap(Block::stepsOf);
    }

    /** The steps that stand directly in a list. */
    static Stream<Yaml> stepsOf(Yaml list) {
        return list.items().stream().flatMap(item -> item.pairs().stream());
    }

    /** The source and every step that names an endpoint. */
    List<Endpoint> endpoints() {
        return Stream.concat(Stream.of(from()).filter(Yaml::exists), steps())
                .filter(n -> NAMES_ENDPOINT.contains(n.key())).map(Endpoint::of).toList();
    }

    /** The ids of everything in it that can have one. */
    List<Yaml> nodeIds() {
        return node.tree().skip(1).filter(n -> !n.key().equals("parameters")).map(n -> n.get("id")).filter(Yaml::isScalar).toList();
    }

    /** The configurations a route asks for. */
    List<String> configurationIds() {
        String ids = node.get("routeConfigurationId").text();
        return Stream.of(ids.split(",")).map(String::strip).filter(id -> !id.isEmpty()).toList();
    }
}

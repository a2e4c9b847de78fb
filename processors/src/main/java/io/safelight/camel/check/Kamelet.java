package io.safelight.camel.check;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** @param name the file's, without {@code .kamelet.yaml} */
record Kamelet(String name, Yaml file) {
    Yaml definition() {
        return file.get("spec", "definition");
    }

    Map<String, Yaml> properties() {
        return definition().get("properties").entries();
    }

    Set<String> required() {
        return definition().get("required").items().stream().map(Yaml::text).collect(Collectors.toSet());
    }

    Yaml template() {
        return file.get("spec", "template");
    }

    Block block() {
        return new Block(Block.Kind.TEMPLATE, template());
    }

    boolean leaves(Project project) {
        return block().endpoints().stream()
                .anyMatch(e -> !e.isSource() && !e.kamelet().equals(name) && !e.kamelet().equals("sink") && e.leaves(project));
    }

    /** Whether its messages come from a queue. */
    boolean consumesQueue() {
        return block().source().scheme().equals("spring-rabbitmq");
    }
}

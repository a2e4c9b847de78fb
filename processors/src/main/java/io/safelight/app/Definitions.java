package io.safelight.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.safelight.error.Fault;
import io.safelight.model.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a virtual host of RabbitMQ has, in the words of RabbitMQ's own definitions file and management API.
 *
 * @param kinds {@code exchanges}, {@code queues}, {@code bindings} and {@code policies}, each by name
 */
record Definitions(Map<String, Map<String, JsonNode>> kinds) {
    static final String FILE = "config/rabbitmq-definitions.json";
    static final List<String> KINDS = List.of("exchanges", "queues", "bindings", "policies");
    /** Fields that hold settings, each of which is compared by itself. */
    private static final Set<String> SETTINGS = Set.of("arguments", "definition");

    /** Something that is not as it should be. @param mend what makes it so, most often a command */
    record Difference(String what, String fault, String mend) {
        static Difference missing(String what) {
            return new Difference(what, "is missing", "scripts/setup-rabbitmq");
        }

        static Difference halfDone(String queue) {
            String what = "queue " + queue;
            return new Difference(what, "was not made anew to the end, and " + TopologyCommand.spare(queue) + " has its messages", mend(what));
        }

        static Difference refused(String what, String said) {
            return new Difference(what, "is refused: " + said, mend(what));
        }

        /** @param expected and what was found, as text; empty for nothing */
        static Difference of(String what, String setting, String expected, String found) {
            String fault = found.isEmpty() ? "has no %s, which should be %s".formatted(setting, expected)
                    : expected.isEmpty() ? "has %s %s, which should not be set".formatted(setting, found)
                    : "has %s %s, which should be %s".formatted(setting, found, expected);
            return new Difference(what, fault, mend(what));
        }

        private static String mend(String what) {
            return isPolicy(what) ? "scripts/setup-rabbitmq"
                    : what.startsWith("queue ") ? "./safelight topology --recreate " + what.substring(what.indexOf(' ') + 1)
                    : "delete it while nothing publishes, then scripts/setup-rabbitmq (docs/production.md)";
        }

        /** Tuned by operators: nothing goes wrong, or not before a broker is full. */
        boolean isPolicy() {
            return isPolicy(what);
        }

        private static boolean isPolicy(String what) {
            return what.startsWith("policy ");
        }

        @Override
        public String toString() {
            return "%s %s: %s".formatted(what, fault, mend);
        }
    }

    /** @param tree an object with an array for each kind */
    static Definitions of(JsonNode tree) {
        return new Definitions(KINDS.stream().collect(Collectors.toMap(kind -> kind, kind -> {
            Map<String, JsonNode> byName = new LinkedHashMap<>();
            tree.path(kind).forEach(entry -> byName.put(name(kind, entry), entry));
            return byName;
        })));
    }

    /** @throws Fault where there is no such file, or it is no JSON */
    static Definitions read(Path home) {
        Path file = home.resolve(FILE);
        try {
            return of(Json.MAPPER.readTree(file.toFile()));
        } catch (IOException e) {
            throw new Fault("What the broker should have cannot be read from %s: put the file of this version there.".formatted(file), e);
        }
    }

    private static String name(String kind, JsonNode entry) {
        return kind.equals("bindings") ? "%s -%s-> %s".formatted(entry.path("source").asText(), entry.path("routing_key").asText(), entry.path("destination").asText())
                : entry.path("name").asText();
    }

    Map<String, JsonNode> exchanges() {
        return kinds.get("exchanges");
    }

    Map<String, JsonNode> queues() {
        return kinds.get("queues");
    }

    List<JsonNode> bindings(Predicate<JsonNode> which) {
        return kinds.get("bindings").values().stream().filter(which).toList();
    }

    /** The same with some of the queues. */
    Definitions withQueues(Predicate<String> names) {
        Map<String, Map<String, JsonNode>> some = new LinkedHashMap<>(kinds);
        some.put("queues", queues().entrySet().stream().filter(entry -> names.test(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new)));
        return new Definitions(some);
    }

    /** Where the other lacks something of these, or has it otherwise; what it has besides is its own affair. */
    List<Difference> differences(Definitions found) {
        List<Difference> differences = new ArrayList<>();
        for (String kind : KINDS) {
            kinds.get(kind).forEach((name, entry) -> {
                String what = singular(kind) + " " + name;
                JsonNode other = found.kinds.get(kind).get(name);
                if (other == null) {
                    differences.add(Difference.missing(what));
                } else {
                    compare(what, entry, other, differences);
                }
            });
        }
        return differences;
    }

    static String singular(String kind) {
        return kind.equals("policies") ? "policy" : kind.substring(0, kind.length() - 1);
    }

    private static void compare(String what, JsonNode expected, JsonNode found, List<Difference> differences) {
        for (String field : names(expected)) {
            if (SETTINGS.contains(field)) {
                Set<String> settings = names(expected.path(field));
                settings.addAll(names(found.path(field)));
                settings.forEach(setting -> value(what, setting, expected.path(field).path(setting), found.path(field).path(setting), differences));
            } else if (!field.equals("vhost")) {
                value(what, field, expected.path(field), found.path(field), differences);
            }
        }
    }

    private static void value(String what, String setting, JsonNode expected, JsonNode found, List<Difference> differences) {
        if (!expected.equals(found)) {
            differences.add(Difference.of(what, setting, text(expected), text(found)));
        }
    }

    private static String text(JsonNode value) {
        return value instanceof MissingNode ? "" : value.isTextual() && value.asText().isEmpty() ? "''" : value.asText();
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}

package io.safelight.camel.check;

import io.safelight.config.Finding;
import io.safelight.model.Topology;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Errors live in routeConfiguration only, and what comes from a queue never vanishes. */
final class ErrorHandling implements Rule {
    private static final Set<String> GLOBAL = Set.of("errorHandler", "onException", "onCompletion", "intercept", "interceptFrom", "interceptSendToEndpoint");
    private static final Set<String> INSIDE = Set.of("errorHandler", "errorHandlerRef", "onException", "doTry");
    private static final Set<String> EVERYTHING = Set.of("java.lang.Exception", "java.lang.Throwable");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Yaml file : project.routeFiles) {
            file.items().stream().flatMap(entry -> entry.pairs().stream()).filter(e -> GLOBAL.contains(e.key())).forEach(e -> findings.accept(
                    e.fault("'" + e.key() + "' at the top of a file reaches into other files", "Put it into a routeConfiguration and name that in the routes.")));
        }
        for (Block block : project.blocks()) {
            if (block.kind() == Block.Kind.CONFIGURATION) {
                block.node().get("errorHandler").tree().filter(n -> n.key().equals("deadLetterChannel")
                        && !n.get("deadLetterHandleNewException").text().equals("false")).forEach(n -> findings.accept(
                        n.fault("a failed publish to the dead letters would count as success", "Add deadLetterHandleNewException: false.")));
            } else {
                block.node().tree().filter(n -> INSIDE.contains(n.key())).forEach(n -> findings.accept(
                        n.fault("'" + n.key() + "' inside a route", "Put error handling into a routeConfiguration.")));
            }
        }
        for (Block route : project.routes) {
            if (consumesQueue(project, route.source()) && !keepsDeadLetters(route.source())) {
                deadLetters(project, route, findings);
            }
        }
    }

    private static boolean consumesQueue(Project project, Endpoint source) {
        return source.scheme().equals("spring-rabbitmq") || source.kamelet().equals("queue-source")
                || project.kamelet(source.kamelet()).map(Kamelet::consumesQueue).orElse(false);
    }

    /** What reads the dead letters, or what no queue was bound for, has nowhere further to put them. */
    private static boolean keepsDeadLetters(Endpoint source) {
        return Stream.of(source.parameter("queues").split(",")).map(String::strip).allMatch(queue -> queue.endsWith(".dead") || queue.equals(Topology.UNROUTED));
    }

    private static void deadLetters(Project project, Block route, Consumer<Finding> findings) {
        List<Yaml> keeping = project.configurationsOf(route).stream()
                .flatMap(c -> c.node().get("onException").items().stream()).map(item -> item.get("onException"))
                .filter(e -> e.get("exception").items().stream().anyMatch(name -> EVERYTHING.contains(name.text())))
                .filter(e -> endsInDeadLetter(e.get("steps"))).toList();
        if (keeping.isEmpty()) {
            findings.accept(route.source().uri().fault("what fails in this route is not kept as a dead letter",
                    "Name a routeConfiguration whose onException for java.lang.Exception ends in kamelet:dead-letter-sink."));
        }
        keeping.stream().filter(e -> e.get("handled").scalars().noneMatch(s -> s.text().equals("true"))).forEach(e -> findings.accept(
                e.fault("the dead letter is kept but the message goes back to the queue too", "Add handled: {constant: {expression: \"true\"}}.")));
    }

    /** Whether whatever way a message takes through the steps, the last one keeps it. */
    private static boolean endsInDeadLetter(Yaml steps) {
        List<Yaml> all = Block.stepsOf(steps).toList();
        if (all.isEmpty()) {
            return false;
        }
        Yaml last = all.getLast();
        return switch (last.key()) {
            case "to" -> Endpoint.of(last).kamelet().startsWith("dead-letter");
            case "choice" -> endsInDeadLetter(last.get("otherwise", "steps"));
            default -> endsInDeadLetter(last.get("steps"));
        };
    }
}

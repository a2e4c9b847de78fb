package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A kamelet documents itself: whoever fills in its parameters, by hand or in Kaoto, sees nothing but this. */
final class KameletFiles implements Rule {
    private static final String TYPE = "camel.apache.org/kamelet.type";
    private static final List<String> CREDENTIALS = List.of("password", "passphrase", "secret", "accesskey", "privatekey", "apikey", "token", "credential");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Kamelet kamelet : project.kamelets) {
            if (kamelet.file().exists()) {
                name(kamelet, findings);
                properties(project, kamelet, findings);
                ends(kamelet, findings);
            }
        }
    }

    private static void name(Kamelet kamelet, Consumer<Finding> findings) {
        Yaml file = kamelet.file();
        if (!file.get("kind").text().equals("Kamelet")) {
            findings.accept(file.get("kind").fault("the kind is not Kamelet", "Write kind: Kamelet and apiVersion: camel.apache.org/v1."));
        }
        Yaml name = file.get("metadata", "name");
        if (!name.text().equals(kamelet.name())) {
            findings.accept(name.fault("the name '" + name.text() + "' differs from the file's", "Camel finds a kamelet by its file: name both alike."));
        }
        String type = kamelet.name().replaceFirst(".*-", "");
        if (!kamelet.name().matches("[a-z0-9-]+-(source|sink|action)")) {
            findings.accept(name.fault("'" + kamelet.name() + "' does not say what it is", "End its name in -source, -sink or -action."));
        } else if (!file.get("metadata", "labels", TYPE).text().equals(type)) {
            findings.accept(file.get("metadata", "labels", TYPE).fault("the label " + TYPE + " is not " + type, "Write " + TYPE + ": " + type + " below labels."));
        }
        described(kamelet.definition(), "the kamelet", findings);
    }

    private static void described(Yaml node, String what, Consumer<Finding> findings) {
        for (String part : List.of("title", "description", "type")) {
            if (node.get(part).text().isBlank()) {
                findings.accept(node.fault(what + " has no " + part, "Add it; it is all that people see who use the kamelet."));
            }
        }
    }

    private static void properties(Project project, Kamelet kamelet, Consumer<Finding> findings) {
        Set<String> used = kamelet.template().scalars().flatMap(text -> Placeholders.in(text.text())).collect(Collectors.toSet());
        Set<String> secret = secrets(project, kamelet);
        kamelet.properties().forEach((name, property) -> {
            described(property, "the parameter '" + name + "'", findings);
            if (!used.contains(name)) {
                findings.accept(property.fault("nothing uses the parameter '" + name + "'", "Remove it, or write {{" + name + "}} in the template."));
            }
            String plain = name.toLowerCase(Locale.ROOT);
            boolean marked = property.get("format").text().equals("password")
                    || property.get("x-descriptors").scalars().anyMatch(d -> d.text().matches(".*(credentials|password).*"));
            if (!marked && (secret.contains(name) || CREDENTIALS.stream().anyMatch(plain::contains))) {
                findings.accept(property.fault("the credential '" + name + "' is not marked as one",
                        "Add format: password, so that it is masked wherever it is shown."));
            }
        });
        for (Yaml required : kamelet.definition().get("required").items()) {
            if (!kamelet.properties().containsKey(required.text())) {
                findings.accept(required.fault("'" + required.text() + "' is required but not among the properties", "Declare it, or remove it here."));
            }
        }
    }

    /** Parameters that end up in an option which the catalogue calls secret. */
    private static Set<String> secrets(Project project, Kamelet kamelet) {
        return kamelet.block().endpoints().stream()
                .filter(e -> !e.scheme().isEmpty() && project.catalog.componentModel(e.scheme()) != null)
                .flatMap(e -> project.catalog.componentModel(e.scheme()).getEndpointParameterOptions().stream()
                        .filter(option -> option.isSecret() && option.getName().matches("(?i).*(password|passphrase|secret|key|token).*"))
                        .flatMap(option -> Placeholders.in(e.parameter(option.getName()))))
                .collect(Collectors.toSet());
    }

    /** A source ends in kamelet:sink, which stands for the route that uses it; sinks and actions begin with kamelet:source. */
    private static void ends(Kamelet kamelet, Consumer<Finding> findings) {
        Block block = kamelet.block();
        Stream<Endpoint> steps = block.endpoints().stream().filter(e -> !e.isSource());
        Yaml from = block.from();
        if (kamelet.name().endsWith("-source")) {
            if (steps.noneMatch(e -> e.kamelet().equals("sink"))) {
                findings.accept(from.fault("the source hands its messages to nobody", "End its steps in `to` with uri: kamelet:sink."));
            }
            if (block.source().kamelet().equals("source")) {
                findings.accept(from.fault("a source that begins with kamelet:source", "Begin it with where the messages come from."));
            }
        } else {
            if (!block.source().kamelet().equals("source")) {
                findings.accept(from.fault("the template does not begin with kamelet:source", "Write from: {uri: kamelet:source}; it stands for the route that calls it."));
            }
            steps.filter(e -> e.kamelet().equals("sink")).forEach(e -> findings.accept(
                    e.uri().fault("kamelet:sink in a kamelet that is no source", "Remove it; what the last step leaves goes back to the caller.")));
        }
    }
}

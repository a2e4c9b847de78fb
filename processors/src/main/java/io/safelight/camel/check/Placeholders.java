package io.safelight.camel.check;

import io.safelight.config.ConfigReference;
import io.safelight.config.DerivedKey;
import io.safelight.config.Finding;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code {{key}}} is configuration, read when a route starts; {@code ${…}} is an expression, read for each message. */
final class Placeholders implements Rule {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([^{}]+)}}");
    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{([^{}]+)}");
    /** Functions and names that Camel itself fills in. */
    private static final Pattern CAMELS = Pattern.compile("(env|sys|service|service\\.host|service\\.port|bean|secret|configmap):.*|routeId|templateId|parentRouteId");

    /** Names in the placeholders of a text, without marks and defaults. */
    static Stream<String> in(String text) {
        return PLACEHOLDER.matcher(text).results().map(m -> m.group(1).replaceFirst("^[?!]", "").replaceFirst(":.*", ""));
    }

    /** Names in a text's expressions that are configuration, or parameters of the kamelet it stands in. */
    static List<String> misplaced(Project project, Block block, String text) {
        Set<String> parameters = parameters(project, block);
        return EXPRESSION.matcher(text).results().map(m -> m.group(1)).filter(name -> project.isKey(name) || parameters.contains(name)).toList();
    }

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            Set<String> parameters = parameters(project, block);
            block.node().scalars().forEach(text -> {
                PLACEHOLDER.matcher(text.text()).results().forEach(m -> placeholder(project, text, m, parameters, findings));
                misplaced(project, block, text.text()).forEach(name -> findings.accept(
                        text.fault("${" + name + "} is read as an expression", "It is configuration: write {{" + name + "}}.")));
            });
            block.endpoints().stream().filter(e -> !e.isDynamic()).forEach(e -> endpoint(project, e, findings));
        }
    }

    /** What a kamelet's template may name besides configuration. */
    private static Set<String> parameters(Project project, Block block) {
        Set<String> parameters = new HashSet<>();
        project.owner(block).ifPresent(kamelet -> {
            parameters.addAll(kamelet.properties().keySet());
            kamelet.template().get("beans").items().forEach(bean -> parameters.add(bean.get("name").text()));
        });
        return parameters;
    }

    private static void placeholder(Project project, Yaml text, MatchResult match, Set<String> parameters, Consumer<Finding> findings) {
        String inner = match.group(1);
        String name = in(match.group()).findFirst().orElseThrow();
        if (CAMELS.matcher(inner).matches() || parameters.contains(name) || setElsewhere(project, name)) {
            return;
        }
        Optional<ConfigReference.Key> key = ConfigReference.find(name);
        boolean defaulted = inner.contains(":");
        if (key.isPresent() && key.get().defaultValue().isEmpty() && !defaulted && !inner.startsWith("?")) {
            findings.accept(text.fault("{{" + name + "}} has no default", "Write {{?" + name + "}}; without it the route does not start where the key is not set."));
        } else if (key.isEmpty() && (!defaulted || name.startsWith("safelight."))) {
            List<String> known = Stream.of(parameters.stream(), DerivedKey.keys(), ConfigReference.keys().stream().map(ConfigReference.Key::name))
                    .flatMap(names -> names).toList();
            findings.accept(text.fault("nothing defines {{" + name + "}}", Names.suggest(name, known, "Set it in " + Setting.FILE + ", or declare it as a parameter.")));
        }
    }

    private static boolean setElsewhere(Project project, String name) {
        return Stream.concat(project.settings.stream().map(Setting::key), DerivedKey.keys()).anyMatch(name::equals);
    }

    /** Expressions in a uri or option that is fixed when the route starts. */
    private static void endpoint(Project project, Endpoint endpoint, Consumer<Finding> findings) {
        Set<String> evaluated = endpoint.isKamelet() ? evaluated(project, endpoint.kamelet()) : languageOptions(project, endpoint.scheme());
        Stream.concat(Stream.of(endpoint.uri()), endpoint.parameters().values().stream())
                .filter(value -> EXPRESSION.matcher(value.text()).find() && !evaluated.contains(value.key()))
                .forEach(value -> findings.accept(value.fault("'" + value.text() + "' is not evaluated here",
                        "An endpoint is fixed when the route starts: write {{key}} for configuration, or use toD for what differs by message.")));
    }

    /** Options that a component evaluates for each message, such as sftp's {@code move}. */
    private static Set<String> languageOptions(Project project, String scheme) {
        Set<String> options = new HashSet<>();
        if (!scheme.isEmpty() && project.catalog.componentModel(scheme) != null) {
            project.catalog.componentModel(scheme).getEndpointParameterOptions().stream()
                    .filter(o -> o.getDescription().matches("(?s).*((File|Simple) Language|(based on|using) Simple).*")).forEach(o -> options.add(o.getName()));
        }
        return options;
    }

    /** Parameters of a kamelet that its template puts into expressions and never into a fixed endpoint. */
    private static Set<String> evaluated(Project project, String name) {
        Set<String> options = new HashSet<>();
        project.kamelet(name).ifPresent(kamelet -> {
            options.addAll(kamelet.properties().keySet());
            kamelet.block().endpoints().stream().filter(e -> !e.isDynamic())
                    .flatMap(e -> Stream.concat(Stream.of(e.uri()), e.parameters().values().stream()
                            .filter(p -> !languageOptions(project, e.scheme()).contains(p.key()))))
                    .flatMap(value -> in(value.text())).forEach(options::remove);
        });
        return options;
    }
}

package io.safelight.camel.check;

import io.safelight.config.ConfigReference;
import io.safelight.transform.Engines;
import io.safelight.transform.OperationsPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The generated pages of the reference: settings, operations, and what routes and kamelets say of themselves; and the alerts, as Kubernetes takes them. */
public final class Reference {
    static final Path FOLDER = Path.of("docs/reference");
    static final Path RULES = Path.of("k8s/components/observability/rules.yaml");

    private Reference() {}

    /** Writes them below the current folder. */
    public static void main(String[] args) throws IOException {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        Files.createDirectories(FOLDER);
        for (Map.Entry<String, String> page : pages(Path.of("").toAbsolutePath()).entrySet()) {
            Files.writeString(FOLDER.resolve(page.getKey()), page.getValue());
        }
        Files.writeString(RULES, rules(Path.of("")));
    }

    /** File name → text. */
    static Map<String, String> pages(Path home) throws IOException {
        Project project = new Project(home, List.of());
        return new TreeMap<>(Map.of("configuration.md", ConfigReference.page(), "kamelets.md", kamelets(project), "routes.md", routes(project),
                "operations.md", OperationsPage.of(Stream.of("libvips", "thumbnailator").map(Engines::abilities).toList())));
    }

    /** The files of {@code dashboards/rules}, which Prometheus reads as they are, as one object of the Prometheus operator. */
    static String rules(Path home) throws IOException {
        StringBuilder rules = new StringBuilder("""
                # Generated from dashboards/rules by ./safelight docs; change it there.
                apiVersion: monitoring.coreos.com/v1
                kind: PrometheusRule
                metadata:
                  name: safelight
                spec:
                  groups:
                """);
        try (Stream<Path> files = Files.list(home.resolve("dashboards/rules"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
                Files.readAllLines(file).stream().dropWhile(line -> !line.equals("groups:")).skip(1)
                        .forEach(line -> rules.append(line.isEmpty() ? "" : "  ").append(line).append('\n'));
            }
        }
        return rules.toString();
    }

    private static String kamelets(Project project) {
        StringBuilder page = new StringBuilder("""
                # Kamelets

                Generated from `kamelets/`; change it there. A name ends in what it is: a source begins a route, a sink ends one or stands in its
                middle, an action is a step. A property in bold is required.

                | kamelet | title | what it does | properties |
                |---|---|---|---|
                """);
        for (Kamelet kamelet : project.kamelets) {
            page.append("| `%s` | %s | %s | %s |\n".formatted(kamelet.name(), cell(kamelet.definition().get("title")),
                    cell(kamelet.definition().get("description")), kamelet.properties().entrySet().stream()
                            .map(p -> property(p.getKey(), p.getValue(), kamelet.required().contains(p.getKey()))).collect(Collectors.joining("<br>"))));
        }
        return page.toString();
    }

    private static String property(String name, Yaml property, boolean required) {
        Yaml byDefault = property.get("default");
        return (required ? "**`%s`**" : "`%s`").formatted(name) + (byDefault.exists() ? " (" + byDefault.text() + ")" : "") + ": " + cell(property.get("description"));
    }

    private static String routes(Project project) {
        StringBuilder page = new StringBuilder("""
                # Routes

                Generated from `routes/`; change it there. What a failure leads to is told by the configurations in `routes/_errors.camel.yaml`, at the end.
                """);
        Map<String, List<Block>> groups = project.routes.stream().collect(Collectors.groupingBy(r -> r.node().get("group").text(), TreeMap::new, Collectors.toList()));
        groups.forEach((group, routes) -> {
            page.append("\n## ").append(group).append("\n\n| route | from | what it does | on failure | file |\n|---|---|---|---|---|\n");
            routes.forEach(route -> page.append("| `%s` | %s | %s | %s | [%s](../../%s) |\n".formatted(route.id(), from(route), cell(route.node().get("description")),
                    String.join(", ", route.configurationIds()), Path.of(route.node().file()).getFileName(), route.node().file())));
        });
        page.append("\n## Error handling\n\n| configuration | what it does |\n|---|---|\n");
        project.configurations.forEach(c -> page.append("| `%s` | %s |\n".formatted(c.id(), cell(c.node().get("description")))));
        return page.toString();
    }

    private static String from(Block route) {
        Yaml parameters = route.from().get("parameters");
        return "`" + route.from().get("uri").text() + "`" + List.of("httpMethodRestrict", "queues").stream().map(parameters::get)
                .filter(Yaml::exists).map(p -> " " + p.text().replace(",", ", ")).collect(Collectors.joining());
    }

    private static String cell(Yaml text) {
        return text.text().replace("|", "\\|");
    }
}

package io.safelight.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Every alert tells what to do, watches what there is, and was seen to fire and to be silent. */
class AlertsTest {
    private static final Path RULES = Path.of("dashboards/rules");
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void prometheusTakesTheRules() throws Exception {
        Promtool.run("check", files(RULES));
    }

    @Test
    void everyAlertFiresAndIsSilentWhenItShould() throws Exception {
        Promtool.run("test", files(RULES.resolve("tests")));
    }

    @Test
    void everyAlertHasATestInWhichItFires() throws IOException {
        Set<String> fired = new TreeSet<>();
        for (Path file : files(RULES.resolve("tests"))) {
            for (JsonNode test : YAML.readTree(file.toFile()).path("tests")) {
                test.findValuesAsText("labels").forEach(labels -> fired.add(labels.replaceFirst(".*alertname=\"([^\"]+)\".*", "$1")));
                assertTrue(test.path("promql_expr_test").size() > 0, () -> test.path("name") + " tests nothing");
            }
        }
        assertEquals(alerts().stream().map(alert -> alert.path("alert").asText()).collect(Collectors.toCollection(TreeSet::new)), fired);
    }

    @Test
    void everyAlertSaysHowUrgentItIsWhatItMeansAndWhatToDo() throws IOException {
        Set<String> pages = new TreeSet<>();
        for (JsonNode alert : alerts()) {
            String name = alert.path("alert").asText();
            assertTrue(Set.of("page", "warning").contains(alert.at("/labels/severity").asText()), name);
            assertFalse(alert.at("/annotations/summary").asText().isBlank(), name);
            assertFalse(alert.at("/annotations/description").asText().isBlank(), name);
            Path page = Path.of(alert.at("/annotations/runbook_url").asText());
            assertEquals(Path.of("docs/runbook", name.replaceFirst("Slowly$", "") + ".md"), page);
            String text = Files.readString(page);
            for (String heading : List.of("# " + name.replaceFirst("Slowly$", "") + "\n", "\n## What it means\n", "\n## Look\n", "\n## Do\n")) {
                assertTrue(text.contains(heading), page + " lacks" + heading.replace("\n", " "));
            }
            pages.add(page.getFileName().toString());
        }
        try (Stream<Path> all = Files.list(Path.of("docs/runbook"))) {
            assertEquals(pages, all.map(page -> page.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)), "a page of no alert");
        }
    }

    @Test
    void rulesWatchWhatIsExportedOrRecorded() throws IOException {
        Set<String> recorded = recorded();
        List<String> unknown = rules().stream().flatMap(rule -> Queries.metrics(rule.path("expr").asText()).stream())
                .filter(metric -> !recorded.contains(metric) && !Queries.isExported(metric)).distinct().toList();
        assertEquals(List.of(), unknown);
        assertEquals(List.of(), rules().stream().flatMap(rule -> Queries.foreignLabels(rule.path("expr").asText()).stream()).distinct().toList());
    }

    static Set<String> recorded() throws IOException {
        return rules().stream().filter(rule -> rule.has("record")).map(rule -> rule.path("record").asText()).collect(Collectors.toSet());
    }

    private static List<JsonNode> alerts() throws IOException {
        return rules().stream().filter(rule -> rule.has("alert")).toList();
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        for (Path file : files(RULES)) {
            for (JsonNode group : YAML.readTree(file.toFile()).path("groups")) {
                StreamSupport.stream(group.path("rules").spliterator(), false).forEach(rules::add);
            }
        }
        assertFalse(rules.isEmpty());
        return rules;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
        }
    }
}

package io.safelight.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.safelight.camel.Groups;
import io.safelight.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Grafana's dashboards can be put into any Grafana, and ask for what there is. */
class DashboardsTest {
    private static final Path FOLDER = Path.of("dashboards");
    private static final String SOURCE = "${datasource}";
    private static final int COLUMNS = 24;
    private static final String INSTALLATION = "namespace=~\"$namespace\"";
    /** A label of which each value, or its absence, is one group's. */
    private static final Pattern OF_A_GROUP = Pattern.compile("\\b(app_kubernetes_io_component|uri|routeId|operation|source|tier)=");
    /** Shown for all groups on purpose. */
    private static final Set<String> OF_ALL = Set.of("broker_alarm", "leader");

    static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void isWhatGrafanaAndPeopleNeed(Path file) throws IOException {
        JsonNode dashboard = Json.MAPPER.readTree(file.toFile());
        List<String> faults = new ArrayList<>();
        String name = file.getFileName().toString().replace(".json", "");
        check(faults, dashboard.path("uid").asText().equals("safelight-" + name), "its uid is not safelight-" + name);
        check(faults, !dashboard.has("id"), "it has the id of one Grafana's database");
        check(faults, !dashboard.path("description").asText().isBlank(), "it is not described");
        check(faults, dashboard.at("/templating/list/0/type").asText().equals("datasource") && dashboard.at("/templating/list/0/name").asText().equals("datasource"),
                "its data source cannot be chosen");
        check(faults, dashboard.at("/templating/list/1/name").asText().equals("namespace") && dashboard.at("/templating/list/1/allValue").asText().equals(".*"),
                "an installation cannot be chosen, or what has no namespace is not shown");
        Set<String> recorded = AlertsTest.recorded();
        Set<Integer> ids = new HashSet<>();
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            String title = panel.path("title").asText();
            check(faults, !title.isBlank() && !panel.path("description").asText().isBlank(), title + ": no title or no description");
            check(faults, ids.add(panel.path("id").asInt()), title + ": its id is there twice");
            check(faults, !panel.at("/fieldConfig/defaults/unit").asText().isBlank(), title + ": no unit");
            check(faults, panel.at("/datasource/uid").asText().equals(SOURCE), title + ": another data source");
            check(faults, panel.path("targets").size() > 0, title + ": no query");
            JsonNode at = panel.path("gridPos");
            for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
                for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
                    check(faults, x < COLUMNS && taken.add(List.of(x, y)), title + ": lies over another, or outside");
                }
            }
            for (JsonNode target : panel.path("targets")) {
                Set<String> metrics = Queries.metrics(target.path("expr").asText());
                check(faults, !metrics.isEmpty(), title + ": asks for no metric");
                check(faults, !target.path("legendFormat").asText().isBlank(), title + ": no legend");
                Set<String> foreign = Queries.foreignLabels(target.path("expr").asText());
                check(faults, foreign.isEmpty(), title + ": nobody has " + foreign);
                Set<String> anywhere = Queries.metricsWithout(target.path("expr").asText(), matchers -> matchers.contains(INSTALLATION));
                check(faults, anywhere.isEmpty(), title + ": shows other installations too by " + anywhere);
                if (Groups.ALL.contains(name)) {
                    Set<String> ofAll = Queries.metricsWithout(target.path("expr").asText(), matchers -> OF_A_GROUP.matcher(matchers).find());
                    ofAll.removeIf(metric -> OF_ALL.contains(metric) || !isOfSeveralGroups(metric));
                    check(faults, ofAll.isEmpty(), title + ": shows other groups too by " + ofAll);
                }
                metrics.forEach(metric -> check(faults, recorded.contains(metric) || Queries.isExported(metric), title + ": nobody exports " + metric));
            }
        }
        check(faults, !ids.isEmpty(), "it is empty");
        assertEquals(List.of(), faults);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void asksWhatPrometheusUnderstands(Path file, @TempDir Path folder) throws Exception {
        ArrayNode rules = Json.MAPPER.createArrayNode();
        Json.MAPPER.readTree(file.toFile()).path("panels").forEach(panel -> panel.path("targets").forEach(target -> rules.addObject()
                .put("record", "query_" + rules.size()).put("expr", target.path("expr").asText())));
        ObjectNode groups = Json.MAPPER.createObjectNode();
        groups.putArray("groups").addObject().put("name", "queries").set("rules", rules);
        Promtool.run("check", List.of(Files.writeString(folder.resolve("queries.yaml"), groups.toString())));
    }

    private static boolean isOfSeveralGroups(String series) {
        return Queries.exported().stream().filter(metric -> metric.series().contains(series))
                .anyMatch(metric -> metric.where().startsWith("all") || Stream.of(metric.where().split(", ")).filter(Groups.ALL::contains).count() > 1);
    }

    private static void check(List<String> faults, boolean right, String fault) {
        if (!right && !faults.contains(fault)) {
            faults.add(fault);
        }
    }

    @Test
    void thereIsOneForEachGroupAndOneForAllAndOneForTheForecast() throws IOException {
        Set<String> wanted = Stream.concat(Groups.ALL.stream(), Stream.of("overview", "forecast")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(wanted, dashboards().stream().map(file -> file.getFileName().toString().replace(".json", "")).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void whatTheScalerTellsIsShown() throws IOException {
        String asked = Files.readString(FOLDER.resolve("scaler.json")) + Files.readString(FOLDER.resolve("forecast.json"));
        List<String> told = Queries.exported().stream().filter(metric -> metric.where().equals("scaler")).map(Queries.Exported::name).toList();
        assertTrue(told.contains("scaler_replicas"), told::toString);
        assertEquals(List.of(), told.stream().filter(name -> !asked.contains("(" + name + "{")).toList());
    }

    @Test
    void kubernetesGetsAllOfThem() throws IOException {
        JsonNode map = new YAMLMapper().readTree(FOLDER.resolve("kustomization.yaml").toFile()).at("/configMapGenerator/0");
        assertTrue(map.at("/options/labels/grafana_dashboard").isTextual(), "Grafana's sidecar looks for the label");
        assertEquals(dashboards().stream().map(file -> file.getFileName().toString()).toList(),
                StreamSupport.stream(map.path("files").spliterator(), false).map(JsonNode::asText).sorted().toList());
    }
}

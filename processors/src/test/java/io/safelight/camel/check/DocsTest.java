package io.safelight.camel.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.safelight.config.ConfigReference;
import io.safelight.config.DerivedKey;
import io.safelight.error.Code;
import io.safelight.model.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the pages name is there. */
class DocsTest {
    private static final Path HOME = Path.of("").toAbsolutePath();
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
    private static final Pattern KEY = Pattern.compile("(?<![\\w.:/-])safelight(\\.[a-z0-9<>-]+)+(\\.\\*)?(?![\\w/-])");
    private static final Pattern VARIABLE = Pattern.compile("\\bSAFELIGHT_[A-Z0-9_]+");
    private static final Pattern KAMELET = Pattern.compile("[a-z0-9-]+-(source|sink|action)");
    /** A page that a route or kamelet is made in shows it whole, in a block whose first line is its name. */
    private static final Pattern MADE_HERE = Pattern.compile("(?m)^ +name: ([a-z0-9-]+-(?:source|sink|action))$");

    private static final Map<Path, String> PAGES = new TreeMap<>();
    private static Project project;

    @BeforeAll
    static void read() throws IOException {
        project = new Project(HOME, List.of());
        try (Stream<Path> docs = Files.walk(HOME.resolve("docs"))) {
            for (Path page : Stream.concat(Stream.of(HOME.resolve("README.md")), docs.filter(p -> p.toString().endsWith(".md"))).toList()) {
                PAGES.put(page, Files.readString(page));
            }
        }
    }

    private static void everyMatch(Pattern pattern, int group, Predicate<Found> right) {
        List<String> wrong = new ArrayList<>();
        int[] seen = {0};
        PAGES.forEach((page, text) -> pattern.matcher(text).results().forEach(match -> {
            seen[0]++;
            if (!right.test(new Found(page, text, match.group(group)))) {
                wrong.add(HOME.relativize(page) + ":" + line(text, match) + ": " + match.group(group));
            }
        }));
        assertFalse(seen[0] == 0, "nothing was found to check: the pattern no longer fits the pages");
        assertEquals(List.of(), wrong);
    }

    private record Found(Path page, String text, String what) {}

    private static long line(String text, MatchResult match) {
        return text.substring(0, match.start()).chars().filter(c -> c == '\n').count() + 1;
    }

    @Test
    void everyRelativeLinkLeadsToAFileAndItsHeading() {
        everyMatch(LINK, 1, link -> {
            String[] parts = link.what.split("#", 2);
            Path target = parts[0].isEmpty() ? link.page : link.page.getParent().resolve(parts[0]).normalize();
            return link.what.matches("[a-z]+:.*") || Files.exists(target) && (parts.length == 1 || headings(target).contains(parts[1]));
        });
    }

    /** As GitHub makes anchors of headings. */
    private static Set<String> headings(Path page) {
        return PAGES.getOrDefault(page, "").lines().filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ +", "").toLowerCase().replaceAll("[^a-z0-9 _-]", "").replace(' ', '-')).collect(Collectors.toSet());
    }

    @Test
    void everySettingThatIsNamedExists() {
        Set<String> others = DerivedKey.keys().collect(Collectors.toSet());
        others.addAll(Set.of(Topology.UNROUTED));
        everyMatch(KEY, 0, key -> others.contains(key.what) || ConfigReference.find(key.what.replace("<group>", "ingress")).isPresent()
                || key.what.endsWith(".*") && ConfigReference.keys().stream().anyMatch(k -> k.name().startsWith(key.what.replace("*", ""))));
    }

    @Test
    void everyVariableThatIsNamedSetsSomething() {
        everyMatch(VARIABLE, 0, variable -> variable.text.contains(variable.what + "<NAME>") || ConfigReference.findByEnvironment(variable.what).isPresent());
    }

    @Test
    void everyKameletThatIsNamedExistsOrIsMadeOnThatPage() {
        everyMatch(CODE, 1, code -> !KAMELET.matcher(code.what).matches() || project.kamelet(code.what).isPresent()
                || MADE_HERE.matcher(code.text).results().anyMatch(made -> made.group(1).equals(code.what)));
    }

    @Test
    void everyFileThatIsNamedInTheProjectExists() {
        Pattern file = Pattern.compile("`((?:routes|kamelets|config|scripts|docs)/[\\w./-]+)`");
        everyMatch(file, 1, named -> Files.exists(HOME.resolve(named.what)) || MADE_HERE.matcher(named.text).results()
                .anyMatch(made -> named.what.equals("kamelets/" + made.group(1) + ".kamelet.yaml")));
    }

    @Test
    void everyProblemCodeIsInTheApiPageWithItsStatusAndNoOther() {
        Pattern row = Pattern.compile("(?m)^\\| `([a-z-]+)` \\| (\\d{3}) \\|");
        Set<String> documented = row.matcher(PAGES.get(HOME.resolve("docs/api.md"))).results()
                .map(m -> m.group(1) + " " + m.group(2)).collect(Collectors.toCollection(HashSet::new));
        assertEquals(Arrays.stream(Code.values()).map(c -> c.slug() + " " + c.status()).collect(Collectors.toSet()), documented);
    }

    @Test
    void theApiPageNamesEveryPathThatARouteServes() {
        String page = PAGES.get(HOME.resolve("docs/api.md"));
        List<String> missing = project.routes.stream().map(r -> r.from().get("uri").text()).filter(uri -> uri.startsWith("platform-http:"))
                .map(uri -> uri.substring("platform-http:".length())).distinct().filter(path -> !page.contains(path)).toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void kubernetesHasTheAlertsOfDashboards() throws IOException {
        assertEquals(Reference.rules(HOME), Files.readString(HOME.resolve(Reference.RULES)), "run ./safelight docs and commit " + Reference.RULES);
    }

    @Test
    void theReferenceIsTheGeneratedOne() throws IOException {
        for (Map.Entry<String, String> page : Reference.pages(HOME).entrySet()) {
            assertEquals(page.getValue(), PAGES.get(HOME.resolve(Reference.FOLDER).resolve(page.getKey())), "run ./safelight docs and commit " + page.getKey());
        }
    }
}

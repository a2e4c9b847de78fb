package io.safelight.dashboards;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The metrics that a page promises, which MetricsIT compares with a running process, and those that a query asks for. */
public final class Queries {
    private static final Path PAGE = Path.of("docs/how-to/observability.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9_]+)(?:\\{([a-zA-Z_,]+)})?` \\| ([a-z]+) \\| ([^|]+) \\|");
    /** What the rest of a query is made of, innermost first: strings, label matchers, ranges, lists of labels. */
    private static final List<String> NO_METRICS = List.of("\"[^\"]*\"", "\\{[^}]*}", "\\[[^\\]]*]",
            "\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)", "\\boffset\\s+\\w+");
    private static final Pattern NAME = Pattern.compile("(?<![\\w.:])[a-zA-Z_:][\\w:]*(?![\\w:]|\\s*\\()");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "NaN", "Inf");
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][\\w:]*)\\{((?:[^}\"]|\"[^\"]*\")*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"[^\"]*\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on)\\s*\\(([^)]*)\\)");
    /** What Prometheus adds to a series by where it found it, and histograms to their buckets. */
    private static final Set<String> ADDED = Set.of("instance", "job", "namespace", "pod", "app_kubernetes_io_component", "le");
    private static final List<Exported> EXPORTED = read();

    /**
     * @param kind   counter, gauge, histogram, timer or summary
     * @param labels beside those that every kind of histogram has
     * @param where  it is told
     */
    public record Exported(String name, Set<String> labels, String kind, String where) {
        /** The names of its series. */
        public List<String> series() {
            return switch (kind) {
                case "counter", "gauge" -> List.of(name);
                case "timer", "summary" -> List.of(name + "_count", name + "_sum", name + "_max");
                case "histogram" -> List.of(name + "_count", name + "_sum", name + "_max", name + "_bucket");
                default -> throw new IllegalArgumentException(PAGE + " calls " + name + " a " + kind);
            };
        }
    }

    private Queries() {}

    public static List<Exported> exported() {
        return EXPORTED;
    }

    public static boolean isExported(String series) {
        return EXPORTED.stream().anyMatch(metric -> metric.series().contains(series));
    }

    /** The names of series that a query asks for. */
    public static Set<String> metrics(String query) {
        String rest = query;
        for (String part : NO_METRICS) {
            rest = rest.replaceAll(part, "");
        }
        Set<String> names = NAME.matcher(rest).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
        names.removeAll(WORDS);
        return names;
    }

    /** Labels that a query asks of a series that has them not, or groups by though none of its series has them. */
    public static Set<String> foreignLabels(String query) {
        Set<String> foreign = new TreeSet<>();
        SELECTOR.matcher(query).results().forEach(selector -> MATCHER.matcher(selector.group(2)).results().map(label -> label.group(1))
                .filter(label -> !labels(selector.group(1)).contains(label)).forEach(label -> foreign.add(selector.group(1) + "{" + label + "}")));
        Set<String> all = metrics(query).stream().flatMap(metric -> labels(metric).stream()).collect(Collectors.toSet());
        GROUPING.matcher(query).results().flatMap(grouping -> Stream.of(grouping.group(1).split(","))).map(String::strip)
                .filter(label -> !label.isEmpty() && !all.contains(label)).forEach(label -> foreign.add("by (" + label + ")"));
        return foreign;
    }

    /** The names of series that a query asks for somewhere without such matchers. */
    public static Set<String> metricsWithout(String query, Predicate<String> matchers) {
        return metrics(SELECTOR.matcher(query).replaceAll(selector -> Matcher.quoteReplacement(matchers.test(selector.group(2)) ? "0" : selector.group())));
    }

    private static Set<String> labels(String series) {
        return Stream.concat(ADDED.stream(), EXPORTED.stream().filter(metric -> metric.series().contains(series)).flatMap(metric -> metric.labels().stream()))
                .collect(Collectors.toSet());
    }

    private static List<Exported> read() {
        try {
            return ROW.matcher(Files.readString(PAGE)).results().map(row -> new Exported(row.group(1),
                    row.group(2) == null ? Set.of() : Set.of(row.group(2).split(",")), row.group(3), row.group(4).strip())).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

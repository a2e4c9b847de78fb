package io.safelight.it;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code /q/metrics} tells, as Prometheus reads it. */
public final class Scrape {
    private static final Pattern LINE = Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? (\\S+)");

    private Scrape() {}

    /** Values by name and labels: {@code leader{task="sftp"}}; the braces are there also where they hold nothing. */
    public static Map<String, Double> of(SafelightClient client) {
        return parse(SafelightClient.text(client.get("/q/metrics")));
    }

    public static Map<String, Double> parse(String text) {
        return text.lines().filter(line -> !line.startsWith("#")).map(Scrape::line)
                .collect(Collectors.toMap(line -> line.group(1) + "{" + (line.group(2) == null ? "" : line.group(2)) + "}",
                        line -> Double.parseDouble(line.group(3).replace("Inf", "Infinity")), (a, b) -> a, TreeMap::new));
    }

    /** A histogram is one, however many buckets it has, and so is a timer with its sum and its maximum. */
    public static String meter(String series) {
        return series.replaceFirst("_(bucket|count|sum|max|total)\\{", "{").replaceFirst("(?<=[{,])le=\"[^\"]*\",?", "").replaceFirst(",?}$", "}");
    }

    private static Matcher line(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new AssertionError("this is no series: " + line);
        }
        return matcher;
    }
}

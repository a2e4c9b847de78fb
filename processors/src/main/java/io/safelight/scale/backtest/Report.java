package io.safelight.scale.backtest;

import io.safelight.error.Unavailable;
import io.safelight.model.Json;
import io.safelight.scale.backtest.Result.Errors;
import io.safelight.scale.backtest.Result.Row;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A result as a table, as JSON, and as a page with a plot of the day around the peak. */
final class Report {
    private static final int WIDTH = 1_200;
    private static final int HEIGHT = 320;
    private static final Map<String, String> COLOURS = Map.of(Replay.REACTIVE, "#c0392b", Replay.PREDICTIVE, "#1f6fb2", Replay.ORACLE, "#2e8b57", "arrivals", "#999999");

    private final Result result;

    Report(Result result) {
        this.result = result;
    }

    void write(PrintStream out, Path folder) {
        String text = text();
        out.print(text);
        String name = result.trace().name().replaceFirst("(\\.csv)?(\\.gz)?$", "") + "-" + (int) result.target().messages();
        Path json = folder.resolve(name + ".json");
        Path page = folder.resolve(name + ".html");
        try {
            Files.createDirectories(folder);
            Files.writeString(json, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(json()) + "\n");
            Files.writeString(page, page(text));
        } catch (IOException e) {
            throw new Unavailable("The report cannot be written to %s; see that there is space and that the folder may be written.".formatted(folder), e);
        }
        out.printf("%nWritten: %s and, with a plot, %s%n", json, page);
    }

    private Map<String, Object> json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("trace", result.trace().name());
        all.put("messagesPerReplica", result.target().messages());
        all.put("secondsAhead", result.target().ahead().toSeconds());
        all.put("ways", result.rows());
        all.put("forecasts", result.errors());
        return all;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        Trace trace = result.trace();
        line(text, "%s: %.1f days in steps of %d s, the first %.1f days to learn from; %s messages a replica, %d s ahead.", trace.name(), trace.seconds() / 86_400.0,
                trace.step(), trace.warm() / 86_400.0, (int) result.target().messages(), result.target().ahead().toSeconds());
        line(text, "Medians of the seeds, and their range where it differs. Late: beyond %d s. Above oracle: backlog above the oracle's, reactive = 1.", Rules.OBJECTIVE);
        line(text, "");
        line(text, "%-16s %26s %22s %34s %28s %26s", "", "replica-seconds", "to reactive", "late image-seconds", "backlog image-seconds", "above oracle");
        for (Row row : result.rows()) {
            line(text, "%-16s %26s %22s %34s %28s %26s", row.way(), row.replicaSeconds().text("%.4g"), row.cost().text("%.3f"),
                    row.lateSeconds().text("%.4g") + part(row.late()), row.backlogSeconds().text("%.4g"), row.aboveBest().text("%.3f"));
        }
        line(text, "");
        line(text, "Cost of a forecast that is off, by horizon: 3 for an image a second too few, 1 for one too many. What was chosen, then each model.");
        for (Errors errors : result.errors()) {
            line(text, "%4d s: %s, which is %s of the best, %s; %s", errors.seconds(), errors.cost().get("chosen").text("%.3f"), errors.chosenToBest().text("%.3f"), errors.best(),
                    String.join(", ", errors.cost().entrySet().stream().filter(e -> !e.getKey().equals("chosen"))
                            .map(e -> e.getKey() + " " + String.format(Locale.ROOT, "%.3f", e.getValue().median())).toList()));
        }
        return text.toString();
    }

    private static String part(Spread late) {
        return Double.isNaN(late.median()) ? "" : String.format(Locale.ROOT, ", %.3fx", late.median());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    private String page(String text) {
        Replay shown = result.shown();
        List<String> ways = List.of(Replay.REACTIVE, Replay.PREDICTIVE, Replay.ORACLE);
        Map<String, float[]> replicas = new LinkedHashMap<>(Map.of("arrivals", shown.rates()));
        Map<String, float[]> backlogs = new LinkedHashMap<>();
        ways.forEach(way -> {
            replicas.put(way, shown.replicas(way));
            backlogs.put(way, shown.backlogs(way));
        });
        return """
                <!doctype html><html lang="en"><meta charset="utf-8"><title>Backtest: %1$s</title>
                <style>body{font:15px/1.5 system-ui;margin:2em}pre{overflow:auto;font-size:12px}svg{max-width:100%%}text{font:12px system-ui}</style>
                <h1>Backtest: %1$s</h1><p>The day around the peak, from %2$s, the first seed.</p>
                <h2>Arrivals a second, and replicas</h2>%3$s<h2>Images in the queue or in hand</h2>%4$s<h2>Figures</h2><pre>%5$s</pre></html>
                """.formatted(escaped(result.trace().name()), shown.shownFrom(), plot(replicas), plot(backlogs), escaped(text));
    }

    private static String plot(Map<String, float[]> series) {
        float most = 1;
        for (float[] values : series.values()) {
            for (float value : values) {
                most = Math.max(most, value);
            }
        }
        StringBuilder svg = new StringBuilder("<svg viewBox=\"-50 -10 %d %d\">".formatted(WIDTH + 60, HEIGHT + 50));
        for (int i = 0; i <= 4; i++) {
            int y = HEIGHT - HEIGHT * i / 4;
            svg.append("<path d=\"M0 %d H%d\" stroke=\"#ddd\"/><text x=\"-6\" y=\"%d\" text-anchor=\"end\">%.0f</text>".formatted(y, WIDTH, y + 4, most * i / 4));
        }
        int named = 0;
        for (var one : series.entrySet()) {
            StringBuilder points = new StringBuilder();
            float[] values = one.getValue();
            for (int i = 0; i < values.length; i++) {
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", i * (double) WIDTH / values.length, HEIGHT - HEIGHT * values[i] / most));
            }
            String colour = COLOURS.get(one.getKey());
            svg.append("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.3\"/>".formatted(points.toString().strip(), colour));
            svg.append("<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>".formatted(named++ * 110, HEIGHT + 28, colour, one.getKey()));
        }
        return svg.append("</svg>").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}

package io.safelight.bench;

import io.safelight.model.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The figures of a run: tables for people as they come, one JSON file at the end. */
final class Report {
    private final Path file;
    private final Map<String, Object> content = new LinkedHashMap<>();
    private final List<Object> sections = new ArrayList<>();

    Report(String name) {
        file = Path.of("target/bench", name + ".json");
        content.put("date", Instant.now().toString());
        content.put("cores", Runtime.getRuntime().availableProcessors());
        content.put("machine", "%s, %s".formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
    }

    void say(String key, Object value) {
        content.put(key, value);
        System.out.println(key + ": " + value);
    }

    void add(Section section) {
        System.out.println(section.table());
        sections.add(section.json());
    }

    void add(Map<String, Object> section) {
        sections.add(section);
    }

    void write() {
        content.put("sections", sections);
        try {
            Files.createDirectories(file.getParent());
            Json.MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println("\nAll figures: " + file);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    /** One thing measured: ours first, then who it is compared with, a figure a round each. */
    static final class Section {
        private final String title;
        private final String unit;
        private final boolean lowerIsBetter;
        private final LinkedHashMap<String, List<Double>> rounds = new LinkedHashMap<>();
        private final Map<String, Bar> bars = new LinkedHashMap<>();

        private record Bar(double bar, Double aim) {}

        private Section(String title, String unit, boolean lowerIsBetter) {
            this.title = title;
            this.unit = unit;
            this.lowerIsBetter = lowerIsBetter;
        }

        static Section lowerIsBetter(String title, String unit) {
            return new Section(title, unit, true);
        }

        static Section higherIsBetter(String title, String unit) {
            return new Section(title, unit, false);
        }

        /** What ours divided by this peer's is to reach. */
        Section bar(String peer, double bar, Double aim) {
            bars.put(peer, new Bar(bar, aim));
            return this;
        }

        void add(String who, double figure) {
            rounds.computeIfAbsent(who, w -> new ArrayList<>()).add(figure);
        }

        /** Of the rounds' own ratios, so that what disturbs both alike cancels out. */
        private double ratio(String peer) {
            List<Double> ours = rounds.firstEntry().getValue();
            List<Double> theirs = rounds.get(peer);
            return median(IntStream.range(0, ours.size()).mapToObj(i -> ours.get(i) / theirs.get(i)).toList());
        }

        private boolean met(String peer) {
            return lowerIsBetter ? ratio(peer) <= bars.get(peer).bar : ratio(peer) >= bars.get(peer).bar;
        }

        String table() {
            StringBuilder text = new StringBuilder("\n%s\n\n| | %s, median | lowest to highest | ours ÷ it | bar |\n|---|---|---|---|---|\n".formatted(title, unit));
            rounds.forEach((who, figures) -> {
                boolean ours = who.equals(rounds.firstEntry().getKey());
                Bar bar = bars.get(who);
                text.append(format("| %s | %.2f | %.2f–%.2f | %s | %s |%n", who, median(figures), figures.stream().min(Double::compare).get(),
                        figures.stream().max(Double::compare).get(), ours ? "" : format("%.2f", ratio(who)),
                        bar == null ? "" : format("%s %s%s: %s", lowerIsBetter ? "≤" : "≥", bar.bar, bar.aim == null ? "" : ", aim " + bar.aim, met(who) ? "met" : "MISSED")));
            });
            return text.toString();
        }

        Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>(Map.of("title", title));
            json.put("unit", unit);
            json.put("rounds", rounds);
            Map<String, Object> ratios = new LinkedHashMap<>();
            rounds.keySet().stream().skip(1).forEach(peer -> {
                Map<String, Object> one = new LinkedHashMap<>(Map.of("ratio", ratio(peer)));
                if (bars.containsKey(peer)) {
                    one.put("bar", bars.get(peer).bar);
                    one.put("aim", bars.get(peer).aim);
                    one.put("met", met(peer));
                }
                ratios.put(peer, one);
            });
            json.put("oursDividedBy", ratios);
            return json;
        }
    }
}

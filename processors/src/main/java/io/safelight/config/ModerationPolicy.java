package io.safelight.config;

import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code config/moderation.yaml}: what the model's probabilities mean. The first rule that holds decides; none holding clears the image. */
public final class ModerationPolicy {
    private static final Set<String> KEYS = Set.of("name", "labels", "atLeast", "verdict");
    private static final double ROUNDING = 1e-6;

    /** Holds where the probabilities of these labels add up to at least {@code atLeast}. */
    private record Rule(String name, List<String> labels, double atLeast, Verdict verdict) {}

    private final Set<String> labels;
    private final List<Rule> rules;

    private ModerationPolicy(Set<String> labels, List<Rule> rules) {
        this.labels = labels;
        this.rules = rules;
    }

    /** @throws io.safelight.error.Fault naming every finding */
    public static ModerationPolicy load(Path file, Collection<String> labels) {
        return check(file, labels).orThrow();
    }

    /** @param labels all those of the model in use */
    public static Checked<ModerationPolicy> check(Path file, Collection<String> labels) {
        Set<String> known = Set.copyOf(labels);
        return YamlFile.read(file, "rules", entries -> {
            List<Rule> rules = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (YamlFile.Entry entry : entries) {
                Rule rule = rule(entry, known);
                if (rule != null && !names.add(rule.name)) {
                    entry.find("name", "two rules are named '" + rule.name + "'", "rename one");
                }
                rules.add(rule);
            }
            return new ModerationPolicy(known, rules);
        });
    }

    /**
     * Never clears on evidence that is incomplete or is no probability: a person decides then.
     *
     * @param evidence label → probability
     */
    public Decision decide(Map<String, Double> evidence) {
        if (evidence == null || !evidence.keySet().containsAll(labels)) {
            return new Decision(Verdict.REVIEW, "The evidence lacks a label of the model, so no rule was applied.");
        }
        if (!evidence.values().stream().allMatch(ModerationPolicy::isProbability)) {
            return new Decision(Verdict.REVIEW, "The evidence holds a number that is no probability, so no rule was applied.");
        }
        for (Rule rule : rules) {
            double sum = rule.labels.stream().mapToDouble(evidence::get).sum();
            if (sum >= rule.atLeast) {
                return new Decision(rule.verdict, String.format(Locale.ROOT, "Rule %s: %s is %.3f, at least %s.",
                        rule.name, String.join(" + ", rule.labels), sum, rule.atLeast));
            }
        }
        return new Decision(Verdict.CLEAR, "No rule held.");
    }

    private static boolean isProbability(Double value) {
        return value != null && value >= -ROUNDING && value <= 1 + ROUNDING;
    }

    private static Rule rule(YamlFile.Entry entry, Set<String> known) {
        entry.onlyKeys(KEYS);
        String name = entry.text("name", n -> n.matches("[a-z0-9-]{1,32}"), "write 1 to 32 small letters, digits or hyphens");
        List<String> labels = entry.names("labels", known);
        Double atLeast = entry.positive("atLeast", 1);
        String verdict = entry.text("verdict", v -> v.equals("review") || v.equals("block"), "write review or block");
        return name == null || labels == null || atLeast == null || verdict == null ? null
                : new Rule(name, labels, atLeast, Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)));
    }
}

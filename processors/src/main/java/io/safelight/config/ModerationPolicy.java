package io.safelight.config;

import io.safelight.model.Decision;
import io.safelight.model.Decision.Shadow;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Evidence;
import io.safelight.model.Policy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code config/moderation.yaml}: what labels, known pictures, source and account mean. The first rule that holds decides; none
 * holding clears the image. A rule in shadow decides nothing: what it would have done is kept.
 */
public final class ModerationPolicy implements Policy {
    private static final Set<String> BANK_KEYS = Set.of("name", "distance");
    private static final Set<String> RULE_KEYS = Set.of("name", "labels", "atLeast", "bank", "sources", "accounts", "verdict", "shadow");
    private static final int MOST_DISTANCE = 31;
    private static final double ROUNDING = 1e-6;

    /**
     * Holds where each of its conditions does.
     *
     * @param labels   null, or those whose probabilities add up to at least {@code atLeast}
     * @param bank     null, or the bank that has the picture
     * @param sources  null, or those of which the image's is one
     * @param accounts null, or those of which the image's is one
     */
    private record Rule(String name, List<String> labels, double atLeast, String bank, List<String> sources, List<String> accounts,
                        Verdict verdict, boolean shadow) {

        /** A sentence that says why it holds; empty where it does not. */
        Optional<String> holds(Evidence evidence) {
            Evidence.Match match = evidence.banks().get(bank == null ? "" : bank);
            if (sources != null && (evidence.source() == null || !sources.contains(evidence.source()))
                    || accounts != null && (evidence.account() == null || !accounts.contains(evidence.account()))
                    || bank != null && match == null || labels != null && sum(evidence) < atLeast) {
                return Optional.empty();
            }
            List<String> reasons = new ArrayList<>();
            if (labels != null) {
                reasons.add(String.format(Locale.ROOT, "%s is %.3f, at least %s", String.join(" + ", labels), sum(evidence), atLeast));
            }
            if (bank != null) {
                reasons.add((match.distance() == 0 ? "the picture is" : "the picture is, but for %d bits,".formatted(match.distance()))
                        + " one of bank " + bank + (match.note() == null ? "" : " (" + match.note() + ")"));
            }
            if (sources != null) {
                reasons.add("it came from " + evidence.source());
            }
            if (accounts != null) {
                reasons.add("it was sent by " + evidence.account());
            }
            return Optional.of("Rule " + name + ": " + String.join(", and ", reasons) + ".");
        }

        private double sum(Evidence evidence) {
            return labels == null ? 0 : labels.stream().mapToDouble(label -> evidence.labels().getOrDefault(label, 0.0)).sum();
        }

        double risk(Evidence evidence) {
            return bank != null ? 1 : Math.clamp(sum(evidence), 0, 1);
        }
    }

    /** Without all of these nothing is cleared. */
    private final Set<String> labels;
    /** Unless a model of each of these has looked, nothing is cleared. */
    private final List<Set<String>> models;
    private final Map<String, Integer> banks;
    private final List<Rule> rules;

    private ModerationPolicy(Set<String> labels, List<Set<String>> models, Map<String, Integer> banks, List<Rule> rules) {
        this.labels = labels;
        this.models = models;
        this.banks = banks;
        this.rules = rules;
    }

    /**
     * @param labels all those of the models that decide; a rule may name them as {@code model/label} too, where they are given so
     * @param models names of those that decide, and beside each those that may stand in for it
     * @throws io.safelight.error.Fault naming every finding
     */
    public static ModerationPolicy load(Path file, Collection<String> labels, List<Set<String>> models) {
        return check(file, labels, models).orThrow();
    }

    /** As {@link #load}. */
    public static Checked<ModerationPolicy> check(Path file, Collection<String> labels, List<Set<String>> models) {
        Set<String> known = Set.copyOf(labels);
        return YamlFile.read(file, "rules", Set.of("banks"), lists -> {
            Map<String, Integer> banks = new LinkedHashMap<>();
            for (YamlFile.Entry entry : lists.getOrDefault("banks", List.of())) {
                entry.onlyKeys(BANK_KEYS);
                String name = name(entry);
                Integer distance = entry.integer("distance", 0, MOST_DISTANCE);
                if (name != null && distance != null && banks.put(name, distance) != null) {
                    entry.find("name", "two banks are named '" + name + "'", "rename one");
                }
            }
            List<Rule> rules = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (YamlFile.Entry entry : lists.get("rules")) {
                Rule rule = rule(entry, known, banks.keySet());
                if (rule != null && !names.add(rule.name)) {
                    entry.find("name", "two rules are named '" + rule.name + "'", "rename one");
                }
                rules.add(rule);
            }
            Set<String> needed = known.stream().filter(label -> !label.contains("/")).collect(Collectors.toCollection(TreeSet::new));
            rules.stream().filter(rule -> rule != null && !rule.shadow && rule.labels != null).forEach(rule -> needed.addAll(rule.labels));
            return new ModerationPolicy(needed, List.copyOf(models), banks, rules);
        });
    }

    @Override
    public Map<String, Integer> banks() {
        return banks;
    }

    @Override
    public boolean asksForAccounts() {
        return rules.stream().anyMatch(rule -> rule.accounts != null);
    }

    @Override
    public Decision decideByBanks(Evidence evidence) {
        return rules.stream().filter(rule -> rule.bank != null && !rule.shadow)
                .flatMap(rule -> rule.holds(evidence).map(reason -> new Decision(rule.verdict, rule.name, reason, rule.risk(evidence), List.of())).stream())
                .findFirst().orElse(new Decision(Verdict.CLEAR, "No rule of a bank held."));
    }

    /** Never clears on evidence that is incomplete or is no probability: a person decides then, unless a rule blocks anyway. */
    @Override
    public Decision decide(Evidence evidence) {
        Optional<String> fault = fault(evidence);
        Evidence usable = fault.isEmpty() ? evidence : new Evidence(Map.of(), Set.of(), evidence.banks(), evidence.source(), evidence.account());
        List<Shadow> shadows = new ArrayList<>();
        Decision decision = new Decision(Verdict.CLEAR, "No rule held.");
        for (Rule rule : rules) {
            Optional<String> reason = rule.holds(usable);
            if (reason.isPresent() && rule.shadow) {
                shadows.add(new Shadow(rule.name, rule.verdict, reason.get()));
            } else if (reason.isPresent()) {
                decision = new Decision(rule.verdict, rule.name, reason.get(), rule.risk(usable), List.of());
                break;
            }
        }
        return fault.isPresent() && decision.verdict() != Verdict.BLOCK
                ? new Decision(Verdict.REVIEW, null, fault.get(), 1, shadows) : decision.withShadows(shadows);
    }

    private Optional<String> fault(Evidence evidence) {
        Optional<Set<String>> unasked = models.stream().filter(names -> names.stream().noneMatch(evidence.models()::contains)).findFirst();
        if (unasked.isPresent()) {
            return Optional.of("The model %s has not looked at the image, so no rule could clear it.".formatted(String.join(" or ", new TreeSet<>(unasked.get()))));
        }
        Optional<String> missing = labels.stream().filter(label -> !evidence.labels().containsKey(label)).findFirst();
        if (missing.isPresent()) {
            return Optional.of("The evidence lacks the label '%s', so no rule could clear the image.".formatted(missing.get()));
        }
        return evidence.labels().values().stream().allMatch(ModerationPolicy::isProbability) ? Optional.empty()
                : Optional.of("The evidence holds a number that is no probability, so no rule could clear the image.");
    }

    private static boolean isProbability(Double value) {
        return value != null && value >= -ROUNDING && value <= 1 + ROUNDING;
    }

    private static String name(YamlFile.Entry entry) {
        return entry.text("name", n -> n.matches("[a-z0-9-]{1,32}"), "write 1 to 32 small letters, digits or hyphens");
    }

    private static Rule rule(YamlFile.Entry entry, Set<String> known, Set<String> banks) {
        entry.onlyKeys(RULE_KEYS);
        String name = name(entry);
        List<String> labels = entry.has("labels") || entry.has("atLeast") ? entry.names("labels", known) : null;
        Double atLeast = entry.has("labels") || entry.has("atLeast") ? entry.positive("atLeast", 1) : null;
        String bank = entry.has("bank") ? entry.text("bank", banks::contains, banks.isEmpty() ? "add it under 'banks' first" : "write one of " + banks) : null;
        List<String> sources = entry.has("sources") ? entry.texts("sources") : null;
        List<String> accounts = entry.has("accounts") ? entry.texts("accounts") : null;
        String verdict = entry.text("verdict", v -> Stream.of(Verdict.values()).map(Verdict::slug).anyMatch(v::equals), "write clear, review or block");
        Boolean shadow = entry.flag("shadow", false);
        if (Stream.of("labels", "bank", "sources", "accounts").noneMatch(entry::has)) {
            entry.find("name", "the rule has no condition, so it would hold for every image", "add labels with atLeast, bank, sources or accounts");
        }
        return name == null || verdict == null || shadow == null ? null
                : new Rule(name, labels, atLeast == null ? 0 : atLeast, bank, sources, accounts, Verdict.of(verdict), shadow);
    }
}

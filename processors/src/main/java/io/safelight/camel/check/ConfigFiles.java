package io.safelight.camel.check;

import io.safelight.config.Checked;
import io.safelight.config.EventsFile;
import io.safelight.config.Finding;
import io.safelight.config.ModerationPolicy;
import io.safelight.config.ModelsFile;
import io.safelight.config.VariantsFile;
import io.safelight.error.Fault;
import io.safelight.moderate.Lineup;
import java.util.List;
import java.util.function.Consumer;

/** {@code config/variants.yaml}, {@code config/models.yaml} with the models it names, {@code config/moderation.yaml} and {@code config/events.yaml}, by the loaders that read them at start. */
final class ConfigFiles implements Rule {
    static final String VARIANTS = "config/variants.yaml";
    static final String POLICY = "config/moderation.yaml";
    static final String MODELS = "config/models.yaml";

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        report(VARIANTS, VariantsFile.check(project.home.resolve(VARIANTS)), findings);
        report(EventsFile.NAME, EventsFile.check(project.home.resolve(EventsFile.NAME)), findings);
        Checked<List<ModelsFile.Entry>> named = ModelsFile.check(project.home.resolve(MODELS));
        report(MODELS, named, findings);
        if (named.findings().isEmpty()) {
            try {
                Lineup lineup = Lineup.of(named.value(), project.home.resolve("config/models"));
                report(POLICY, ModerationPolicy.check(project.home.resolve(POLICY), lineup.labels(), lineup.deciding()), findings);
            } catch (Fault e) {
                findings.accept(new Finding(MODELS, 1, "a model cannot be used", e.getMessage()));
            }
        }
    }

    /** The loaders name the path they were given, and their fixes are no sentences yet. */
    private static void report(String file, Checked<?> checked, Consumer<Finding> findings) {
        checked.findings().forEach(f -> findings.accept(new Finding(file, f.line(), f.fault(),
                Character.toUpperCase(f.fix().charAt(0)) + f.fix().substring(1) + ".")));
    }
}

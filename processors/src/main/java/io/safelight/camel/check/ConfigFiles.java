package io.safelight.camel.check;

import io.safelight.config.Checked;
import io.safelight.config.Finding;
import io.safelight.config.ModerationPolicy;
import io.safelight.config.VariantsFile;
import io.safelight.error.Fault;
import io.safelight.moderate.Model;
import java.util.Optional;
import java.util.function.Consumer;

/** {@code config/variants.yaml} and {@code config/moderation.yaml}, by the loaders that read them at start. */
final class ConfigFiles implements Rule {
    static final String VARIANTS = "config/variants.yaml";
    static final String POLICY = "config/moderation.yaml";
    private static final String MODEL = "safelight.moderation.model";

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        report(VARIANTS, VariantsFile.check(project.home.resolve(VARIANTS)), findings);
        Optional<Setting> named = project.settings.stream().filter(setting -> setting.key().equals(MODEL)).findFirst();
        try {
            Model model = Model.find(named.map(Setting::value).orElse(Model.DEFAULT), project.home.resolve("config/models"));
            report(POLICY, ModerationPolicy.check(project.home.resolve(POLICY), model.labels()), findings);
        } catch (Fault e) {
            findings.accept(new Finding(Setting.FILE, named.map(Setting::line).orElse(1), "the model of '%s' cannot be used".formatted(MODEL), e.getMessage()));
        }
    }

    /** The loaders name the path they were given, and their fixes are no sentences yet. */
    private static void report(String file, Checked<?> checked, Consumer<Finding> findings) {
        checked.findings().forEach(f -> findings.accept(new Finding(file, f.line(), f.fault(),
                Character.toUpperCase(f.fix().charAt(0)) + f.fix().substring(1) + ".")));
    }
}

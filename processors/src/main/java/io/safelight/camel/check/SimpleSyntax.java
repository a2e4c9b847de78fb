package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.camel.catalog.LanguageValidationResult;

/** Expressions in Camel's simple language can be parsed. */
final class SimpleSyntax implements Rule {
    private static final Set<String> PREDICATES = Set.of("when", "filter", "validate", "onWhen", "retryWhile");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        for (Block block : project.blocks()) {
            expressions(project, block, block.node(), false, findings);
        }
    }

    private static void expressions(Project project, Block block, Yaml node, boolean predicate, Consumer<Finding> findings) {
        for (Yaml entry : node.pairs()) {
            if (entry.key().equals("simple")) {
                check(project, block, entry.get("expression"), predicate, findings);
            } else if (entry.key().equals("log")) {
                check(project, block, entry.get("message"), false, findings);
            } else {
                // a predicate asks its question below `expression`, or right below itself
                boolean asks = PREDICATES.contains(entry.key()) || predicate && Set.of("expression", "simple").contains(entry.key());
                expressions(project, block, entry, asks, findings);
            }
        }
        node.items().forEach(item -> expressions(project, block, item, node.key().equals("when"), findings));
    }

    private static void check(Project project, Block block, Yaml expression, boolean predicate, Consumer<Finding> findings) {
        // neither configuration nor beans are there to be asked
        String text = expression.text().replaceAll("\\{\\{[^{}]*}}", "1").replaceAll("\\$\\{bean:[^{}]*}", "\\${body}");
        if (text.isBlank() || !Placeholders.misplaced(project, block, text).isEmpty()) {
            return;
        }
        ClassLoader loader = SimpleSyntax.class.getClassLoader();
        LanguageValidationResult result = predicate
                ? project.catalog.validateLanguagePredicate(loader, "simple", text)
                : project.catalog.validateLanguageExpression(loader, "simple", text);
        if (!result.isSuccess()) {
            findings.accept(expression.fault("the simple expression cannot be read: " + result.getShortError(),
                    "Look at the brackets and the function names; Camel's reference of the simple language lists them."));
        }
    }
}

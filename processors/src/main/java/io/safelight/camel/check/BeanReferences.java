package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Beans and methods that routes name exist in the compiled classes. */
final class BeanReferences implements Rule {
    private static final Set<String> REFERRING = Set.of("ref", "aggregationStrategy", "idempotentRepository", "onRedeliveryRef", "onExceptionOccurredRef");
    private static final Pattern IN_SIMPLE = Pattern.compile("\\$\\{bean:([^.?}]+)(?:(?:\\.|\\?method=)([^(}]+))?[^}]*}");

    @Override
    public void check(Project project, Consumer<Finding> findings) {
        Set<String> global = new HashSet<>();
        project.routeFiles.stream().flatMap(f -> f.items().stream()).flatMap(e -> e.get("beans").items().stream())
                .forEach(bean -> global.add(bean.get("name").text()));
        for (Block block : project.blocks()) {
            Set<String> local = new HashSet<>(global);
            block.node().get("beans").items().forEach(bean -> local.add(bean.get("name").text()));
            for (Endpoint endpoint : block.endpoints()) {
                if (endpoint.scheme().equals("bean")) {
                    bean(project, local, endpoint.uri(), endpoint.path(), findings);
                    method(project, endpoint.path(), endpoint.parameters().get("method"), findings);
                }
                endpoint.parameters().values().stream().filter(p -> p.text().startsWith("#"))
                        .forEach(p -> bean(project, local, p, p.text(), findings));
            }
            block.node().tree().filter(n -> !n.key().equals("parameters")).forEach(n -> n.pairs().stream()
                    .filter(e -> e.isScalar() && REFERRING.contains(e.key())).forEach(e -> {
                        bean(project, local, e, e.text(), findings);
                        method(project, e.text(), n.get("method"), findings);
                    }));
            block.node().scalars().forEach(text -> {
                Matcher m = IN_SIMPLE.matcher(text.text());
                while (m.find()) {
                    bean(project, local, text, m.group(1), findings);
                    method(project, m.group(1), m.group(2), text, findings);
                }
            });
        }
    }

    private static void bean(Project project, Set<String> local, Yaml at, String reference, Consumer<Finding> findings) {
        String name = name(reference);
        if (!name.isEmpty() && !name.matches("(class|type|property):.*|.*[{}].*") && !local.contains(name) && !project.beans.names().contains(name)) {
            findings.accept(at.fault("there is no bean '" + name + "'",
                    Names.suggest(name, project.beans.names(), "Name a class with @Named(\"" + name + "\").")));
        }
    }

    private static void method(Project project, String reference, Yaml method, Consumer<Finding> findings) {
        if (method != null && method.isScalar()) {
            method(project, reference, method.text(), method, findings);
        }
    }

    private static void method(Project project, String reference, String method, Yaml at, Consumer<Finding> findings) {
        if (method == null || method.contains("{")) {
            return;
        }
        String name = method.replaceFirst("\\(.*", "").strip();
        project.beans.methods(name(reference)).filter(known -> !known.contains(name)).ifPresent(known -> {
            known.remove("<init>");
            findings.accept(at.fault("the bean '" + name(reference) + "' has no method '" + name + "'",
                    Names.suggest(name, known, "Write the method, public.")));
        });
    }

    private static String name(String reference) {
        return reference.replaceFirst("^#(bean:)?", "");
    }
}

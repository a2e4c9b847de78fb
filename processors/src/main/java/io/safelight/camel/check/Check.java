package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * Names every mistake in routes, kamelets and configuration: {@code file:line: fault}, and below it the fix.
 *
 * <p>{@code [--home DIR]} is the folder that holds {@code routes/}, {@code kamelets/} and {@code config/}.
 */
public final class Check {
    /** All that is checked. */
    private static final List<Rule> RULES = List.of(
            new TidyYaml(),
            new DslSchema(),
            new RouteIdentity(),
            new Wiring(),
            new EndpointOptions(),
            new KameletCalls(),
            new KameletFiles(),
            new ReadableSteps(),
            new ErrorHandling(),
            new Transports(),
            new Placeholders(),
            new SimpleSyntax(),
            new BeanReferences(),
            new Settings(),
            new ConfigFiles());

    private Check() {}

    public static void main(String[] args) throws IOException, URISyntaxException {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        System.exit(run(args, System.out));
    }

    /** @return the exit code: 0 for no findings, 1 for some, 2 where there is nothing to check */
    static int run(String[] args, PrintStream out) throws IOException, URISyntaxException {
        boolean given = args.length == 2 && args[0].equals("--home");
        Path home = Path.of(given ? args[1] : ".").toAbsolutePath().normalize();
        if (args.length > 0 && !given || !Files.isDirectory(home.resolve("routes"))) {
            out.println("usage: check [--home DIR], where DIR holds routes/, kamelets/ and config/");
            return 2;
        }
        Project project = new Project(home, List.of(Path.of(Check.class.getProtectionDomain().getCodeSource().getLocation().toURI())));
        List<Finding> findings = findings(project);
        findings.forEach(f -> out.printf("%s:%d: %s%n    %s%n", f.file(), f.line(), f.fault(), f.fix()));
        out.printf("%d files, %d findings%n", project.size(), findings.size());
        return findings.isEmpty() ? 0 : 1;
    }

    /** In the order of file and line. */
    static List<Finding> findings(Project project) {
        TreeSet<Finding> findings = new TreeSet<>(Comparator.comparing(Finding::file).thenComparing(Finding::line)
                .thenComparing(Finding::fault).thenComparing(Finding::fix));
        findings.addAll(project.unreadable);
        RULES.forEach(rule -> rule.check(project, findings::add));
        return List.copyOf(findings);
    }
}

package io.safelight;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.safelight.model.Answers;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The arrows between packages, as the design draws them: inward, and never back. */
class ArchitectureTest {
    private static final Path SOURCES = Path.of("processors/src/main/java");

    /** What a package may import of ours besides itself. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("error", Set.of()),
            Map.entry("model", Set.of("error")),
            Map.entry("trace", Set.of("error")),
            Map.entry("config", Set.of("model", "error")),
            Map.entry("decode", Set.of("model", "error", "config")),
            Map.entry("validate", Set.of("model", "error", "config")),
            Map.entry("scale", Set.of("model", "error", "config")),
            Map.entry("store", Set.of("model", "error", "config")),
            Map.entry("embedded", Set.of("store", "model", "error", "config")),
            Map.entry("lease", Set.of()),
            Map.entry("pdq", Set.of("model", "error")),
            Map.entry("transform", Set.of("decode", "pdq", "model", "error", "config")),
            Map.entry("moderate", Set.of("decode", "model", "error", "config")),
            Map.entry("serve", Set.of("decode", "store", "model", "error", "config")),
            Map.entry("catalog", Set.of("store", "pdq", "model", "error", "config")),
            Map.entry("console", Set.of("catalog", "model", "error")),
            Map.entry("hawtio", Set.of("error")),
            Map.entry("lifecycle", Set.of("store", "model", "error", "config")),
            Map.entry("intake", Set.of("store", "model", "error", "config")));
    /** These wire the others together; nothing but {@code app} may import {@code camel}, and nothing {@code app}. */
    private static final Set<String> WIRING = Set.of("camel", "app");

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.safelight");

    static Stream<String> packages() {
        return ARROWS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void importsOnlyWhatItsArrowsAllow(String name) {
        String[] allowed = Stream.concat(Stream.of(name), ARROWS.get(name).stream())
                .map(ArchitectureTest::tree).toArray(String[]::new);
        noClasses().that().resideInAPackage(tree(name))
                .should().dependOnClassesThat(resideInAPackage("io.safelight..").and(not(resideInAnyPackage(allowed))))
                .allowEmptyShould(true).check(OURS);
    }

    @Test
    void onlyCamelImportsCamel() {
        noClasses().that().resideOutsideOfPackage(tree("camel"))
                .should().dependOnClassesThat().resideInAPackage("org.apache.camel..").check(OURS);
    }

    /** The whole configuration is for the wiring; the parts are given what they need. */
    @Test
    void partsSeeRecordsOfTheConfigurationOnly() {
        DescribedPredicate<JavaClass> wholeConfiguration = resideInAPackage(tree("config"))
                .and(DescribedPredicate.describe("are no records", type -> !type.isRecord()));
        noClasses().that().resideOutsideOfPackages(tree("config"), tree("embedded"), tree("camel"), tree("app"))
                .should().dependOnClassesThat(wholeConfiguration).check(OURS);
    }

    /** Or numbers in messages would be written one way here and another there. */
    @Test
    void everyProgramSetsItsLocale() {
        classes().that().containAnyMethodsThat(name("main")).should().callMethod(Locale.class, "setDefault", Locale.Category.class, Locale.class).check(OURS);
    }

    /** Or who falls silent in the midst of a body would be waited for for ever. */
    @Test
    void whoeverAsksOverHttpWaitsForTheWholeAnswerNoLongerThanAllowed() {
        noClasses().that().doNotBelongToAnyOf(Answers.class)
                .should().callMethodWhere(target(owner(assignableTo(HttpClient.class))).and(target(nameStartingWith("send")))).check(OURS);
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("io.safelight.(*)..").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void everyPackageIsKnownAndSaysWhatItOwns() throws IOException {
        List<Path> folders;
        try (Stream<Path> walk = Files.walk(SOURCES)) {
            folders = walk.filter(f -> f.toString().endsWith(".java")).map(Path::getParent).distinct().toList();
        }
        assertFalse(folders.isEmpty());
        for (Path folder : folders) {
            assertTrue(Files.exists(folder.resolve("package-info.java")), () -> "write " + folder.resolve("package-info.java"));
        }
        Set<String> unknown = folders.stream().map(f -> SOURCES.resolve("io/safelight").relativize(f).getName(0).toString())
                .collect(Collectors.toCollection(TreeSet::new));
        unknown.removeAll(ARROWS.keySet());
        unknown.removeAll(WIRING);
        assertEquals(Set.of(), unknown, "say in ARROWS and in the design what these may import");
    }

    /** Without this, a class file version that the importer cannot read would make every rule pass. */
    @Test
    void everyClassOfOursIsRead() throws IOException {
        Set<String> read = OURS.stream().map(JavaClass::getName).collect(Collectors.toSet());
        try (Stream<Path> walk = Files.walk(SOURCES)) {
            walk.filter(f -> f.toString().endsWith(".java") && !f.endsWith("package-info.java"))
                    .map(f -> SOURCES.relativize(f).toString().replace(".java", "").replace('/', '.'))
                    .forEach(name -> assertTrue(read.contains(name), name));
        }
    }

    private static String tree(String name) {
        return "io.safelight." + name + "..";
    }
}

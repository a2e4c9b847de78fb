package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A new file under {@code routes/} needs a class of tests, and a new route a line here, and the step that its test follows. */
class EveryRouteIsTestedTest {
    private static final Path TESTS = Path.of("processors/src/test/java/io/safelight/routes");

    private record Tested(Class<?> by, List<String> routes) {
        Tested(Class<?> by, String... routes) {
            this(by, List.of(routes));
        }
    }

    private static final Map<String, Tested> FILES = Map.ofEntries(
            Map.entry("_errors", new Tested(ErrorHandlingTest.class)),
            Map.entry("classify/classify", new Tested(ClassifyRouteTest.class, "classify")),
            Map.entry("ingress/sftp", new Tested(SftpRouteTest.class, "upload-sftp")),
            Map.entry("ingress/upload", new Tested(UploadRouteTest.class, "upload-http", "intake")),
            Map.entry("lifecycle/sweep", new Tested(SweepRouteTest.class, "sweep-incoming", "sweep-staging", "revive-stuck")),
            Map.entry("lifecycle/reconcile", new Tested(ReconcileRouteTest.class, "reconcile")),
            Map.entry("metadata/api-reconcile", new Tested(ReconcileRouteTest.class, "api-reconcile", "api-reconcile-list", "api-reconcile-find", "api-reconcile-next",
                    "api-reconcile-report", "api-reconcile-images", "api-reconcile-mend", "watch-reconciliation")),
            Map.entry("metadata/api", new Tested(ApiRouteTest.class, "api-images", "api-image", "api-timeline", "api-withdraw", "api-system")),
            Map.entry("metadata/api-lifecycle", new Tested(LifecycleApiRouteTest.class, "api-stuck", "api-references")),
            Map.entry("metadata/banks", new Tested(BanksRouteTest.class, "api-banks", "api-bank-export", "api-bank-import", "api-bank-image", "api-bank-remove")),
            Map.entry("metadata/console", new Tested(ConsoleRouteTest.class, "console-home", "console-image", "console-review", "console-letters", "console-group",
                    "console-system", "console-asset")),
            Map.entry("metadata/rescan", new Tested(RescanRouteTest.class, "api-rescan", "api-rescan-progress", "redecide")),
            Map.entry("metadata/review", new Tested(ReviewRouteTest.class, "api-review", "api-review-preview", "api-review-decide", "api-audit")),
            Map.entry("metadata/dead-letters", new Tested(DeadLettersRouteTest.class, "keep-dead-letters", "keep-unrouted", "api-dead-letter-groups", "api-dead-letters",
                    "api-dead-letter", "api-dead-letter-replay", "api-dead-letters-replay", "api-dead-letters-discard", "watch-dead-letters", "forget-dead-letters")),
            Map.entry("metadata/events", new Tested(EventsRouteTest.class, "record-events")),
            Map.entry("moderation/scan", new Tested(ScanRouteTest.class, "scan")),
            Map.entry("processing/process", new Tested(ProcessRouteTest.class, "process", "process-slow", "process-one")),
            Map.entry("scaler/scaler", new Tested(ScalerRouteTest.class, "scaler-watch", "scaler-explain")),
            Map.entry("serving/images", new Tested(ImagesRouteTest.class, "serve-image")));

    @Test
    void everyRouteOfEveryFileIsInTheList() throws IOException {
        Map<String, List<String>> found = new TreeMap<>();
        for (String file : RouteFiles.all()) {
            found.put(file, RouteFiles.ids(file));
        }
        Map<String, List<String>> listed = new TreeMap<>();
        FILES.forEach((file, tested) -> listed.put(file, tested.routes()));
        assertEquals(listed, found);
    }

    @Test
    void eachClassFollowsTheStoryOfItsRoutes() throws IOException {
        for (Tested tested : FILES.values()) {
            String source = Files.readString(TESTS.resolve(tested.by().getSimpleName() + ".java"));
            for (String route : tested.routes()) {
                assertTrue(source.contains("steps(\"" + route + "\"") || source.contains("\"" + route + "-"),
                        () -> tested.by().getSimpleName() + " says nothing of the steps of " + route);
            }
        }
    }
}

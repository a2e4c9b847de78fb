package io.safelight.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Prometheus' own judge of rules. Debian's package has it; scripts/install-test-servers installs it. */
final class Promtool {
    private Promtool() {}

    /**
     * Skips the test, loudly, where it is not there.
     *
     * @param what {@code check} or {@code test}
     */
    static void run(String what, List<Path> files) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool", what, "rules"));
        files.forEach(file -> command.add(file.toString()));
        Process promtool;
        try {
            promtool = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw Assumptions.<RuntimeException>abort("SKIPPED, NOT TESTED: promtool is not here; scripts/install-test-servers installs Debian's package prometheus");
        }
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, promtool.waitFor(), said);
    }
}

package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who comes after a run that was killed ends what that had started, and nothing else. */
class ChildrenTest {
    @TempDir
    Path folder;

    private Process child;

    @BeforeEach
    void start() throws IOException {
        child = new ProcessBuilder("sleep", "600").start();
    }

    @AfterEach
    void stop() {
        child.destroyForcibly();
    }

    @Test
    void whatWasLeftBehindIsEnded() throws IOException {
        new Children(folder).note(child.pid());
        new Children(folder).end();
        assertFalse(child.isAlive());
        assertFalse(Files.exists(folder.resolve("children")), "forgotten");
    }

    @Test
    void whoeverHasTheIdSinceIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("children"), child.pid() + " 2026-01-01T00:00:00Z\nhalf a li");
        new Children(folder).end();
        assertTrue(child.isAlive());
    }

    @Test
    void whatHasEndedAlreadyIsNoFault() throws IOException, InterruptedException {
        new Children(folder).note(child.pid());
        child.destroyForcibly().waitFor();
        new Children(folder).note(child.pid());
        new Children(folder).end();
        new Children(folder.resolve("none")).end();
    }
}

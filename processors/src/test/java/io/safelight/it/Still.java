package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;

/** A process that stands still while this is open. What it has started goes on. */
record Still(long pid) implements AutoCloseable {
    Still {
        signal(pid, "STOP");
    }

    @Override
    public void close() {
        signal(pid, "CONT");
    }

    private static void signal(long pid, String name) {
        try {
            assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start().waitFor());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

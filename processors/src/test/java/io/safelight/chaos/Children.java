package io.safelight.chaos;

import io.safelight.servers.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Which processes a run has started, written down for who comes after one that was killed: they live on, on the same data. */
final class Children {
    /** By so much what the system says of when a process began may differ, after its clock was set. */
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    private final Path file;

    Children(Path folder) {
        this.file = folder.resolve("children");
    }

    /** @param pid of one that was just started; one that has ended already is of no interest */
    void note(long pid) {
        begun(pid).ifPresent(since -> {
            try {
                Files.writeString(file, pid + " " + since + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Kills those that still run, with what they started, and forgets all. Whoever has got one of their ids since is left alone. */
    void end() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        for (String line : Files.readAllLines(file)) {
            if (line.matches("[0-9]+ [0-9TZ:.-]+")) {
                String[] noted = line.split(" ");
                end(Long.parseLong(noted[0]), Instant.parse(noted[1]));
            }
        }
        Files.delete(file);
    }

    private static void end(long pid, Instant noted) {
        if (begun(pid).filter(since -> Duration.between(since, noted).abs().compareTo(TOLERANCE) <= 0).isPresent()) {
            System.out.println("Ending process " + pid + ", left behind by a run that was killed");
            ProcessHandle.of(pid).ifPresent(TestServer::kill);
        }
    }

    private static Optional<Instant> begun(long pid) {
        return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant());
    }
}

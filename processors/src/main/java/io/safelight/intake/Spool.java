package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/** The folder of work in progress. Nothing in it outlives its exchange, and nothing in it survives a start. */
public final class Spool {
    private final Path folder;
    private final long minFree;

    /** @param minFree bytes to keep free on the disk; below it no room is given out */
    public Spool(Path folder, long minFree) {
        this.folder = folder.toAbsolutePath();
        this.minFree = minFree;
        delete(this.folder);
        try {
            Files.createDirectories(this.folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot create " + folder + ": make it writable or set safelight.data", e);
        }
    }

    /** A fresh empty folder, which its user deletes. @throws Unavailable {@code busy} when the disk is too full */
    public Path newFolder() {
        checkRoom();
        try {
            return Files.createDirectory(folder.resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw new Unavailable("No working folder could be made under " + folder + ".", e);
        }
    }

    private void checkRoom() {
        if (folder.toFile().getUsableSpace() < minFree) {
            throw new Unavailable(Code.BUSY, "The disk is nearly full; try again later.", null);
        }
    }

    /** Deletes a file or a folder with all in it; what is not there is no fault. */
    public static void delete(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

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

/** The folder of a process's work in progress. Nothing in it outlives its exchange, and nothing in it survives a start. */
public final class Spool {
    private final Path folder;
    private final long minFree;

    /**
     * @param parent  each process has a folder of its own in here, by its process id; what dead ones left is deleted
     * @param minFree bytes to keep free on the disk; below it no room is given out
     */
    public Spool(Path parent, long minFree) {
        this.folder = parent.toAbsolutePath().resolve(Long.toString(ProcessHandle.current().pid()));
        this.minFree = minFree;
        try {
            Files.createDirectories(parent);
            try (Stream<Path> left = Files.list(parent)) {
                left.filter(Spool::isOrphaned).forEach(Spool::delete);
            }
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot use " + parent + ": make it writable or set safelight.data", e);
        }
    }

    private static boolean isOrphaned(Path left) {
        try {
            long pid = Long.parseLong(left.getFileName().toString());
            return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
        } catch (NumberFormatException e) {
            return true;
        }
    }

    public Path folder() {
        return folder;
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

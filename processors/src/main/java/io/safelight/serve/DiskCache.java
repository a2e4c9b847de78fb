package io.safelight.serve;

import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Files by the sha256 of their bytes, the ones unused for longest going first when there is no more room. Begins empty: what
 * a crash left behind was perhaps never written through, and nobody would notice.
 */
final class DiskCache {
    private static final int TRIES = 3;

    /** @param written as the file system tells it; a file that someone touched is fetched again */
    private record Entry(long bytes, FileTime written) {}

    private final Path folder;
    private final long room;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final SingleFlight<String, Void> filling = new SingleFlight<>();
    private long used;

    /** @param room the most bytes to keep; files on their way in come on top */
    DiskCache(Path folder, long room) {
        this.folder = folder;
        this.room = room;
        try {
            Files.createDirectories(folder);
            try (Stream<Path> leftovers = Files.list(folder)) {
                for (Path file : leftovers.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new Fault("The cache folder " + folder + " cannot be used. Check that it exists and may be written.", e);
        }
    }

    /**
     * Opens the file, which stays readable when it is dropped meanwhile; the caller closes it.
     *
     * @param fetch writes the bytes, verified, to the path it is given
     */
    InputStream open(String sha256, long bytes, Consumer<Path> fetch) {
        try {
            for (int i = 0; i < TRIES && bytes <= room; i++) {
                InputStream hit = hit(sha256);
                if (hit != null) {
                    return hit;
                }
                filling.run(sha256, () -> fill(sha256, fetch));
            }
            return passing(fetch);
        } catch (IOException e) {
            throw new Unavailable("The cache folder " + folder + " could not be read or written. Check its disk.", e);
        }
    }

    private synchronized InputStream hit(String sha256) throws IOException {
        Entry entry = entries.get(sha256);
        if (entry == null) {
            return null;
        }
        try {
            Path file = folder.resolve(sha256);
            if (entry.equals(stat(file))) {
                return Files.newInputStream(file);
            }
        } catch (NoSuchFileException e) {
            // fetched again, like a file that is not as it was written
        }
        drop(sha256);
        return null;
    }

    private Void fill(String sha256, Consumer<Path> fetch) {
        Path incoming = incoming();
        try {
            fetch.accept(incoming);
            Entry entry = stat(incoming);
            synchronized (this) {
                drop(sha256);
                Files.move(incoming, folder.resolve(sha256), StandardCopyOption.ATOMIC_MOVE);
                entries.put(sha256, entry);
                used += entry.bytes();
                while (used > room) {
                    drop(entries.keySet().iterator().next());
                }
            }
            return null;
        } catch (IOException e) {
            throw new Unavailable("The cache folder " + folder + " could not be written. Check the free space on its disk.", e);
        } finally {
            discard(incoming);
        }
    }

    /** Too large to be kept, or dropped as fast as it came. */
    private InputStream passing(Consumer<Path> fetch) throws IOException {
        Path file = incoming();
        try {
            fetch.accept(file);
            return Files.newInputStream(file);
        } finally {
            discard(file);
        }
    }

    private synchronized void drop(String sha256) {
        Entry entry = entries.remove(sha256);
        if (entry != null) {
            used -= entry.bytes();
            discard(folder.resolve(sha256));
        }
    }

    private Path incoming() {
        return folder.resolve(UUID.randomUUID() + ".part");
    }

    private static Entry stat(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Entry(attributes.size(), attributes.lastModifiedTime());
    }

    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new Unavailable("The cached file " + file + " could not be deleted. Check the rights on its folder.", e);
        }
    }
}

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
 * Files by the sha256 of their bytes, or of all that their bytes follow from. The ones unused for longest go first when there is no
 * more room. Begins empty: what a crash left behind was perhaps never written through, and nobody would notice.
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

    /** @param body to be closed by whoever reads it @param cached whether it lay here when it was asked for */
    record Opened(InputStream body, long bytes, boolean cached) {}

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
     * @param key   a file name
     * @param bytes 0 where that is not known before they are there
     * @param fetch writes the bytes, verified, to the path it is given
     */
    Opened open(String key, long bytes, Consumer<Path> fetch) {
        try {
            for (int i = 0; i < TRIES && room > 0 && bytes <= room; i++) {
                Opened hit = hit(key, i == 0);
                if (hit != null) {
                    return hit;
                }
                filling.run(key, () -> fill(key, fetch));
            }
            return passing(fetch);
        } catch (IOException e) {
            throw new Unavailable("The cache folder " + folder + " could not be read or written. Check its disk.", e);
        }
    }

    private synchronized Opened hit(String key, boolean cached) throws IOException {
        Entry entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        try {
            Path file = folder.resolve(key);
            if (entry.equals(stat(file))) {
                return new Opened(Files.newInputStream(file), entry.bytes(), cached);
            }
        } catch (NoSuchFileException e) {
            // fetched again, like a file that is not as it was written
        }
        drop(key);
        return null;
    }

    private Void fill(String key, Consumer<Path> fetch) {
        Path incoming = incoming();
        try {
            // another's flight may have ended since it was looked for
            Opened there = hit(key, true);
            if (there != null) {
                there.body().close();
                return null;
            }
            fetch.accept(incoming);
            Entry entry = stat(incoming);
            synchronized (this) {
                drop(key);
                Files.move(incoming, folder.resolve(key), StandardCopyOption.ATOMIC_MOVE);
                entries.put(key, entry);
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
    private Opened passing(Consumer<Path> fetch) throws IOException {
        Path file = incoming();
        try {
            fetch.accept(file);
            return new Opened(Files.newInputStream(file), Files.size(file), false);
        } finally {
            discard(file);
        }
    }

    private synchronized void drop(String key) {
        Entry entry = entries.remove(key);
        if (entry != null) {
            used -= entry.bytes();
            discard(folder.resolve(key));
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

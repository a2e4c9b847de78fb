package io.safelight.chaos;

import io.safelight.servers.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A file system of its own, in a file, that can be filled to the last byte. Needs root; without, it is a folder like any other. */
final class SmallDisk implements AutoCloseable {
    private static final Path MOUNTS = Path.of("/proc/mounts");
    private static final String SIZE = "4G";
    /** Many small files, each with attributes. */
    private static final String BYTES_AN_INODE = "8192";

    private final Path mount;
    private final boolean small;

    private SmallDisk(Path mount, boolean small) {
        this.mount = mount;
        this.small = small;
    }

    /** @param path of the folder; the file is beside it, and is gone on with where it is there */
    static SmallDisk mount(Path path) throws IOException {
        release(path);
        Files.createDirectories(path);
        if (!System.getProperty("user.name").equals("root")) {
            System.out.println("Not root, so no file system can be mounted: the disk of the object store is never full in this run.");
            return new SmallDisk(path, false);
        }
        Path file = path.resolveSibling(path.getFileName() + ".img");
        if (!Files.exists(file)) {
            run("truncate", "-s", SIZE, file.toString());
            run("mkfs.ext4", "-q", "-F", "-m", "0", "-i", BYTES_AN_INODE, file.toString());
        }
        run("mount", "-o", "loop,noatime", file.toString(), path.toString());
        return new SmallDisk(path, true);
    }

    /** Lets go of what a run that died has left mounted here. */
    static void release(Path path) throws IOException {
        if (Files.exists(MOUNTS) && Files.readString(MOUNTS).contains(" " + path + " ")) {
            run("umount", path.toString());
        }
    }

    Path folder() {
        return mount;
    }

    boolean isSmall() {
        return small;
    }

    void fill() throws IOException {
        // what is reserved in one piece, then what is left in small ones
        long left = mount.toFile().getUsableSpace();
        for (long size = left; size >= 4096; size /= 2) {
            try {
                run("fallocate", "-l", String.valueOf(size), ballast().resolveSibling("ballast-" + size).toString());
            } catch (IOException e) {
                // not in one piece
            }
        }
    }

    void empty() throws IOException {
        try (var files = Files.list(mount)) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith("ballast")).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path ballast() {
        return mount.resolve("ballast");
    }

    private static void run(String... command) throws IOException {
        try {
            TestServer.run(Path.of("").toAbsolutePath(), Map.of(), List.of(command));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        release(mount);
    }
}

package io.safelight.embedded;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.safelight.error.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/** A folder that one server, or one process, has for itself. Folders and files in it are the owner's alone. */
record DataFolder(Path path) {
    /** Below this the servers would start and then fail in the middle of a write. */
    private static final long LEAST_FREE_BYTES = 64L << 20;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** @throws Fault if the folder cannot be made, or its disk is full */
    static DataFolder open(Path path) {
        try {
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (Files.getFileStore(path).getUsableSpace() < LEAST_FREE_BYTES) {
                throw new IOException("less than " + (LEAST_FREE_BYTES >> 20) + " MiB free");
            }
            return new DataFolder(path.toRealPath());
        } catch (IOException e) {
            throw unusable(path, e);
        }
    }

    DataFolder folder(String name) {
        return open(path.resolve(name));
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** A secret of 256 random bits in hex: made at the first call for the name, the same at every later one. */
    String secret(String name) {
        var file = file(name);
        try {
            if (!Files.exists(file)) {
                var bytes = new byte[32];
                RANDOM.nextBytes(bytes);
                write(name, HexFormat.of().formatHex(bytes));
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /** Writes a file that only the owner can read, whole or not at all. */
    Path write(String name, String text) {
        var file = file(name);
        var half = file(name + ".half");
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var out = FileChannel.open(half, Set.of(CREATE, WRITE, TRUNCATE_EXISTING), owner)) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
            Files.move(half, file, ATOMIC_MOVE);
            try (var names = FileChannel.open(path, READ)) {
                names.force(true);
            }
            return file;
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    static Fault unusable(Path path, IOException cause) {
        return new Fault("The data folder cannot be used at " + path + " (" + cause + "): make room on its disk, make it "
                + "writable for this user, or set safelight.data to another folder.", cause);
    }
}

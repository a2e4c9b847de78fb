package io.safelight.embedded;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.safelight.error.Fault;
import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's own programs, unpacked once from the jar that carries them. */
record PostgresPrograms(Path bin) {

    static PostgresPrograms unpack(DataFolder folder) {
        byte[] archive;
        try (var in = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary("Linux", architecture())) {
            archive = in.readAllBytes();
        } catch (IOException | RuntimeException e) {
            throw new Fault("There is no embedded PostgreSQL for " + System.getProperty("os.name") + " on " + architecture()
                    + ": set safelight.database.url to a PostgreSQL server.", e);
        }
        var crc = new CRC32();
        crc.update(archive);
        var home = folder.file("programs-" + Long.toHexString(crc.getValue()));
        try {
            if (!Files.exists(home)) {
                var half = folder.file("programs.half");
                deleteTree(half);
                unpack(archive, half);
                Files.move(half, home, ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw DataFolder.unusable(home, e);
        }
        return new PostgresPrograms(home.resolve("bin"));
    }

    /**
     * Runs one of the programs to its end. PostgreSQL refuses to run as root: there it gets a user namespace, in which it is
     * nobody in particular and still owns its files.
     *
     * @throws Fault with what the program said, unless it ends with 0
     */
    void run(Path output, String program, List<String> arguments) throws IOException {
        var command = new ArrayList<String>();
        if (LinuxUtils.isUnshareAvailable()) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(arguments);
        try {
            // into a file: a server that is started inherits the stream, and a pipe would never end
            var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile())
                    .redirectInput(new File("/dev/null")).start();
            if (process.waitFor() != 0) {
                throw new Fault("PostgreSQL's " + program + " failed: " + tail(output)
                        + "; free what it names, or set safelight.database.url to a PostgreSQL server.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Fault("Interrupted while " + program + " ran: start again.", e);
        }
    }

    static void deleteTree(Path top) throws IOException {
        if (Files.exists(top)) {
            try (var files = Files.walk(top)) {
                for (var file : files.toList().reversed()) {
                    Files.delete(file);
                }
            }
        }
    }

    static String tail(Path log) throws IOException {
        var lines = Files.exists(log) ? Files.readAllLines(log, StandardCharsets.UTF_8) : List.<String>of();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }

    private static String architecture() {
        var name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }

    private static void unpack(byte[] archive, Path to) throws IOException {
        try (var tar = new TarArchiveInputStream(new BufferedInputStream(new XZInputStream(new ByteArrayInputStream(archive))))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var path = to.resolve(entry.getName()).normalize();
                Files.createDirectories(entry.isDirectory() ? path : path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (entry.isFile()) {
                    Files.copy(tar, path);
                    path.toFile().setExecutable((entry.getMode() & 0100) != 0);
                }
            }
        }
    }
}

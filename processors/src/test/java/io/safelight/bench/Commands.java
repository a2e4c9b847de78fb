package io.safelight.bench;

import io.safelight.it.SafelightProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Programs of the system. */
final class Commands {
    /** What Linux counts CPU time in. */
    static final double TICKS_PER_SECOND = 100;

    private Commands() {}

    static boolean has(String program) {
        return Arrays.stream(System.getenv("PATH").split(Pattern.quote(File.pathSeparator))).anyMatch(p -> Files.isExecutable(Path.of(p, program)));
    }

    /** What it said, or its complaint where it failed. */
    static String run(Map<String, String> environment, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes()).trim();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command.getFirst() + " failed: " + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** CPU seconds of the children of this process that have ended. */
    static double cpuOfEndedChildren() {
        String[] fields = stat(ProcessHandle.current().pid());
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / TICKS_PER_SECOND;
    }

    /** CPU seconds of these processes and all below them, the dead whose parents live included. */
    static double cpuOfTrees(long... roots) {
        return LongStream.of(roots).mapToObj(ProcessHandle::of).flatMap(Optional::stream)
                .flatMap(root -> Stream.concat(Stream.of(root), root.descendants())).distinct()
                .mapToDouble(process -> IntStream.rangeClosed(11, 14).mapToLong(i -> Long.parseLong(stat(process.pid())[i])).sum()).sum() / TICKS_PER_SECOND;
    }

    /** CPU seconds of the application and all it started; PostgreSQL has made itself independent of whoever started it. */
    static double cpuOf(SafelightProcess safelight) {
        Path postmaster = safelight.data().resolve("postgres/data/postmaster.pid");
        LongStream roots = LongStream.of(safelight.pid());
        if (Files.exists(postmaster)) {
            try (var lines = Files.lines(postmaster)) {
                roots = LongStream.concat(roots, LongStream.of(Long.parseLong(lines.findFirst().orElseThrow().trim())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return cpuOfTrees(roots.toArray());
    }

    /** CPU seconds of this process alone. */
    static double cpuOf(long pid) {
        return cpu(stat(pid));
    }

    /** CPU seconds of those threads of the process that live and whose names, which Linux cuts after 15 letters, match, by their ids. */
    static Map<Long, Double> cpuOfThreads(long pid, Pattern names) {
        Map<Long, Double> threads = new HashMap<>();
        try (Stream<Path> folders = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path folder : folders.toList()) {
                try {
                    if (names.matcher(Files.readString(folder.resolve("comm")).strip()).matches()) {
                        threads.put(Long.parseLong(folder.getFileName().toString()), cpu(stat(folder.resolve("stat"))));
                    }
                } catch (IOException | UncheckedIOException e) {
                    // it has ended meanwhile
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return threads;
    }

    private static double cpu(String[] stat) {
        return (Long.parseLong(stat[11]) + Long.parseLong(stat[12])) / TICKS_PER_SECOND;
    }

    /** The fields of {@code /proc/PID/stat} after the name, the state being the first. */
    static String[] stat(long pid) {
        return stat(Path.of("/proc", Long.toString(pid), "stat"));
    }

    private static String[] stat(Path file) {
        try {
            String line = Files.readString(file);
            return line.substring(line.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

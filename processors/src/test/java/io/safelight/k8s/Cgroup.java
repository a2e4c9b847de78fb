package io.safelight.k8s;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel counts of the processes of a container, by version 1 or 2 of its control groups. */
record Cgroup(Path memory, String usage, String reclaimable) {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    static Cgroup of(long pid) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc", String.valueOf(pid), "cgroup"));
        return lines.stream().filter(line -> line.contains(":memory:")).findFirst()
                .map(line -> new Cgroup(ROOT.resolve("memory").resolve(path(line)), "memory.usage_in_bytes", "total_inactive_file "))
                .orElseGet(() -> new Cgroup(ROOT.resolve(path(lines.getFirst())), "memory.current", "inactive_file "));
    }

    private static String path(String line) {
        return line.substring(line.lastIndexOf(':') + 2);
    }

    boolean isThere() {
        return Files.exists(memory.resolve(usage));
    }

    /** In bytes, as the kubelet reckons it, which evicts by it: all that is used, but for files that have not been read for a while. 0 where the container has ended. */
    long workingSet() {
        try {
            long used = Long.parseLong(Files.readString(memory.resolve(usage)).strip());
            return used - Files.readAllLines(memory.resolve("memory.stat")).stream().filter(line -> line.startsWith(reclaimable))
                    .mapToLong(line -> Long.parseLong(line.substring(reclaimable.length()))).sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }
}

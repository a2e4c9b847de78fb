package io.safelight.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** A process that makes images: told by a line of JSON what to make, it answers with a line that says what that cost it. */
final class Peer implements AutoCloseable {
    private final Process process;
    private final BufferedWriter jobs;
    private final BufferedReader answers;
    /** What it said of itself when it was up. */
    final JsonNode versions;

    private Peer(List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            // as the launcher sets it for the application; it does sharp good as well
            builder.environment().put("MALLOC_ARENA_MAX", "2");
            process = builder.start();
            jobs = process.outputWriter();
            answers = process.inputReader();
            versions = answer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Peer sharp(String... prefix) {
        return new Peer(command(prefix, "node", "scripts/bench/sharp.mjs"));
    }

    /** Our engine, and Thumbnailator. */
    static Peer java(List<String> options, String... prefix) {
        List<String> command = command(prefix, Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-Djava.awt.headless=true", "-cp", System.getProperty("java.class.path"));
        command.addAll(options);
        command.add(Maker.class.getName());
        return new Peer(command);
    }

    private static List<String> command(String[] prefix, String... rest) {
        List<String> command = new ArrayList<>(List.of(prefix));
        command.addAll(List.of(rest));
        return command;
    }

    Cost run(Job job) {
        try {
            Files.createDirectories(Path.of(job.folder()));
            jobs.write(Json.MAPPER.writeValueAsString(job));
            jobs.newLine();
            jobs.flush();
            JsonNode cost = answer();
            return new Cost(cost.path("images").asInt(), cost.path("cpuMicros").asLong() / 1e6, cost.path("wallMicros").asLong() / 1e6);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IllegalStateException("a process that was to make images ended: " + process.info().commandLine().orElse("?"));
        }
        return Json.MAPPER.readTree(line);
    }

    /** MiB in memory now, of the process and those that it started; what they share counts for each. */
    double resident() {
        return sum(process -> status(process, "VmRSS"));
    }

    /** MiB at most since {@link #forgetPeak}, of each at its own time. */
    double peak() {
        return sum(process -> status(process, "VmHWM"));
    }

    void forgetPeak() {
        all().forEach(one -> {
            try {
                Files.writeString(file(one, "clear_refs"), "5");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private double sum(ToDoubleFunction<ProcessHandle> each) {
        return all().mapToDouble(each).sum();
    }

    private Stream<ProcessHandle> all() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants());
    }

    private static double status(ProcessHandle process, String key) {
        try (var lines = Files.lines(file(process, "status"))) {
            return lines.filter(l -> l.startsWith(key + ":")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElseThrow() / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(ProcessHandle process, String name) {
        return Path.of("/proc", Long.toString(process.pid()), name);
    }

    @Override
    public void close() {
        try {
            jobs.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}

package io.safelight.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import io.safelight.transform.worker.WorkerPool;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process that makes images: told by a line of JSON what to make, it answers with a line that says what that cost it. */
final class Peer implements AutoCloseable {
    private final Process process;
    private final BufferedWriter jobs;
    private final BufferedReader answers;
    /** What it said of itself when it was up. */
    final JsonNode versions;

    private Peer(Map<String, String> environment, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            // as the launcher sets it for the application; it does sharp good as well
            builder.environment().put("MALLOC_ARENA_MAX", "2");
            builder.environment().putAll(environment);
            process = builder.start();
            jobs = process.outputWriter();
            answers = process.inputReader();
            versions = answer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Peer sharp(String... prefix) {
        return new Peer(Map.of(), command(prefix, "node", "scripts/bench/sharp.mjs"));
    }

    /** Our engine, and Thumbnailator. */
    static Peer java(List<String> options, String... prefix) {
        List<String> command = command(prefix, Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-Djava.awt.headless=true", "-cp", System.getProperty("java.class.path"));
        command.addAll(options);
        command.add(Maker.class.getName());
        return new Peer(WorkerPool.ENVIRONMENT, command);
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

    /** MiB in memory now. */
    double resident() {
        return status("VmRSS");
    }

    /** MiB at most since {@link #forgetPeak}. */
    double peak() {
        return status("VmHWM");
    }

    void forgetPeak() {
        try {
            Files.writeString(Path.of("/proc", Long.toString(process.pid()), "clear_refs"), "5");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private double status(String key) {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            return lines.filter(l -> l.startsWith(key + ":")).mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElseThrow() / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

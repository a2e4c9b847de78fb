package io.safelight.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** The JDK's own CPU-time profiler (JEP 509, Linux, experimental in JDK 25), switched on and off from outside in a JVM that runs already. */
final class Profiler {
    private static final String SAMPLE = "jdk.CPUTimeSample";
    private static final String LOST = "jdk.CPUTimeSamplesLost";
    /** Of a thread's CPU time. */
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final String JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();

    private final long pid;
    private final Path file;

    private Profiler(long pid, Path file) {
        this.pid = pid;
        this.file = file;
    }

    /** @param cpu seconds that the sample stands for @param failed whether its stack could not be read, so that it is nobody's */
    record Sample(Instant at, double cpu, Owner owner, boolean failed) {}

    /** @param lost how many samples there was no room for */
    record Recording(List<Sample> samples, long lost) {}

    /** @param file that the other process writes in the end */
    static Profiler start(long pid, Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        String said = Commands.run(Map.of(), List.of(JCMD, Long.toString(pid), "JFR.start", "name=bench", "settings=none",
                "+" + SAMPLE + "#enabled=true", "+" + SAMPLE + "#stackTrace=true", "+" + SAMPLE + "#throttle=" + PERIOD.toMillis() + "ms", "+" + LOST + "#enabled=true"));
        if (!said.contains("Started recording")) {
            throw new IllegalStateException("the profiler of process " + pid + " did not start: " + said);
        }
        return new Profiler(pid, file.toAbsolutePath());
    }

    Recording stop() throws IOException {
        Commands.run(Map.of(), List.of(JCMD, Long.toString(pid), "JFR.stop", "name=bench", "filename=" + file));
        List<Sample> samples = new ArrayList<>();
        long lost = 0;
        try (RecordingFile events = new RecordingFile(file)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                switch (event.getEventType().getName()) {
                    case SAMPLE -> samples.add(sample(event));
                    case LOST -> lost += event.getInt("lostSamples");
                    default -> { }
                }
            }
        }
        return new Recording(samples, lost);
    }

    private static Sample sample(RecordedEvent event) {
        double cpu = event.getDuration("samplingPeriod").toNanos() / 1e9;
        if (event.getStackTrace() == null) {
            return new Sample(event.getStartTime(), cpu, Owner.OTHER, true);
        }
        List<String> classes = event.getStackTrace().getFrames().stream().map(frame -> frame.getMethod().getType().getName()).toList();
        return new Sample(event.getStartTime(), cpu, Owner.of(classes), event.getBoolean("failed"));
    }
}

package io.safelight.transform.worker;

import io.safelight.model.Json;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** One child and the pipes to it. For one thread at a time. */
final class WorkerProcess implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(WorkerProcess.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    /** Exit codes after the signals HUP, INT, KILL and TERM, which decoders do not send themselves. */
    private static final Set<Integer> ENDED_BY_OTHERS = Set.of(128 + 1, 128 + 2, 128 + 9, 128 + 15);
    /** All else in the environment may be a secret. */
    private static final Set<String> PASSED_ON = Set.of("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH");

    private final Process process;
    private final DataOutputStream out;
    private final DataInputStream in;
    private int jobs;
    private boolean late;

    /** @param folder of its own, for temporary files; deleted when the child has ended, however that comes, but not where this process is killed */
    WorkerProcess(ProcessBuilder builder, Path folder) throws IOException {
        builder.environment().keySet().retainAll(PASSED_ON);
        builder.environment().putAll(WorkerPool.ENVIRONMENT);
        builder.environment().put("TMPDIR", folder.toString());
        try {
            process = builder.start();
        } catch (IOException e) {
            delete(folder);
            throw e;
        }
        process.onExit().thenRun(() -> delete(folder));
        out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 16));
        // reading a pipe holds the thread below a virtual one: with as many children as processors, none would be left for the rest
        Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("decoder-log-" + process.pid()).start(this::log);
    }

    /** The child ended without an answer. */
    static final class Ended extends Exception {
        /** Whether somebody else ended it: not for what it was doing. */
        final boolean byOthers;

        Ended(boolean byOthers, String how) {
            super(how);
            this.byOthers = byOthers;
        }
    }

    /**
     * @param most  that the child may work; what {@code each} takes is not its fault, nor what others have of the processors
     * @param each  hears of each frame that is sent before the answer
     * @throws Ended where it died, or was killed as it took longer
     */
    Answer ask(Job job, Duration most, Consumer<List<float[]>> each) throws Ended {
        jobs++;
        Watch watch = new Watch(most, () -> worked(most), process::destroyForcibly);
        try {
            byte[] json = Json.MAPPER.writeValueAsBytes(job);
            out.writeInt(json.length);
            out.write(json);
            out.flush();
            int length = in.readInt();
            for (; length == Frames.MARK && job instanceof Job.Planes planes; length = in.readInt()) {
                List<float[]> frame = Frames.read(planes.inputs(), in);
                watch.pauseFor(() -> each.accept(frame));
            }
            return Json.MAPPER.readValue(in.readNBytes(Math.max(0, length)), Answer.class);
        } catch (IOException e) {
            process.destroyForcibly();
            int exit = process.onExit().join().exitValue();
            throw watch.late() ? new Ended(false, "it took longer than " + most.toSeconds() + " s")
                    : new Ended(ENDED_BY_OTHERS.contains(exit), "the decoder ended with " + exit);
        } finally {
            watch.stop();
            late = watch.late();
        }
    }

    /** CPU time so far; all there is to have where the system does not tell. */
    private Duration worked(Duration most) {
        return process.info().totalCpuDuration().orElse(most);
    }

    /** Whether it is ended although it answered, as it took longer than it may. */
    boolean late() {
        return late;
    }

    int jobs() {
        return jobs;
    }

    boolean alive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    private void log() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.infof("decoder %d: %s", process.pid(), line);
            }
        } catch (IOException e) {
            LOG.debug("The log of a decoder broke off", e);
        }
    }

    private static void delete(Path folder) {
        if (Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warnf("What a decoder left in %s could not be deleted (%s); it is when the application starts again.", folder, e);
        }
    }

    /** One that is idle ends by itself; no other is worth waiting for. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            LOG.debugf("The decoder %d has ended already", process.pid());
        }
        process.onExit().orTimeout(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS).exceptionally(timeout -> process.destroyForcibly());
    }
}

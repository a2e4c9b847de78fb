package io.safelight.transform.worker;

import io.safelight.decode.ModelInput;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Op;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Limits;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * An engine whose work is done by child processes, so that a decoder that crashes, hangs or grows costs its own job and nobody else's.
 * Such a job is tried once more, in a fresh child. Safe for any number of threads. What is made for a request ({@link #make}) can have places of
 * its own: then it waits for nothing else and takes none from it.
 */
public final class WorkerPool implements ImageEngine, AutoCloseable {
    /**
     * For glibc. Image work takes and gives back large blocks all the time: by default each is mapped, zeroed and unmapped by the kernel,
     * and each thread keeps what it does not use.
     */
    static final Map<String, String> ENVIRONMENT = Map.of("MALLOC_ARENA_MAX", "2",
            "MALLOC_MMAP_THRESHOLD_", Integer.toString(64 << 20), "MALLOC_TRIM_THRESHOLD_", Integer.toString(64 << 20));

    private static final Logger LOG = Logger.getLogger(WorkerPool.class);
    private static final int MOST_JOBS = 10_000;
    /** Of the first child, which says what the engine can: no image is to blame. */
    private static final Duration TO_START = Duration.ofMinutes(1);
    /** Of the packaged application, what an engine needs: looking into all of its jars would take most of a child's start. */
    private static final List<String> LIBRARIES = List.of("com.fasterxml.jackson.", "com.drewnoakes.", "com.adobe.xmp.", "net.coobird.",
            "com.twelvemonkeys.", "org.jboss.logging.");

    private final Settings settings;
    private final Semaphore free;
    private final Semaphore freeToMake;
    private final ConcurrentLinkedDeque<WorkerProcess> idle = new ConcurrentLinkedDeque<>();
    private final Set<WorkerProcess> all = ConcurrentHashMap.newKeySet();
    private volatile Job.Description description;
    private volatile boolean closed;

    /**
     * @param engine    {@code auto}, {@code libvips} or {@code thumbnailator}
     * @param library   path of libvips, where it is told
     * @param limits    on what libvips decodes
     * @param folder    of the children's temporary files, deleted with each
     * @param processes at the most, but for those that make what requests ask for
     * @param making    processes more, at the most, for those; with 0 they take their turn with all else
     * @param maxTime   of one job
     * @param maxMemory of one child, in bytes: its Java heap and what the decoder allocates
     */
    public record Settings(String engine, Optional<String> library, Path nativeFolder, Path watermarks, Limits limits, Path folder, int processes, int making,
                           Duration maxTime, long maxMemory) {}

    /** @throws io.safelight.error.Fault where the engine cannot be opened, as {@link Engines#open} has it */
    public WorkerPool(Settings settings) {
        this.settings = settings;
        this.free = new Semaphore(settings.processes(), true);
        this.freeToMake = settings.making() > 0 ? new Semaphore(settings.making(), true) : free;
        this.description = run(new Job.Describe()).as(Job.Description.class);
    }

    @Override
    public String name() {
        return description.name();
    }

    @Override
    public String version() {
        return description.version();
    }

    @Override
    public Set<Format> reads() {
        return description.reads();
    }

    @Override
    public Set<Format> writes() {
        return description.writes();
    }

    @Override
    public Optional<String> cannot(Op op) {
        return Engines.abilities(name()).cannot(op);
    }

    @Override
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        return run(new Job.Render(absolute(original), format, masterSide, variants, absolute(folder))).as(Rendering.class);
    }

    @Override
    public List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder) {
        return List.of(run(new Job.Make(absolute(original), format, variants, absolute(folder))).as(Rendition[].class));
    }

    @Override
    public void planes(Path file, List<ModelInput> inputs, Consumer<List<float[]>> each) {
        run(new Job.Planes(absolute(file), inputs), each).as(Void.class);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath();
    }

    private Answer run(Job job) {
        return run(job, frame -> { });
    }

    private Answer run(Job job, Consumer<List<float[]>> each) {
        Semaphore places = job instanceof Job.Make ? freeToMake : free;
        try {
            places.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("An image was interrupted; it is tried again.", e);
        }
        try {
            return attempt(job, each, false);
        } finally {
            places.release();
        }
    }

    private Answer attempt(Job job, Consumer<List<float[]>> each, boolean again) {
        WorkerProcess worker = take(again);
        String how;
        try {
            Answer answer = worker.ask(job, job instanceof Job.Describe ? TO_START : settings.maxTime(), each);
            if (!answer.ranOutOfMemory()) {
                giveBack(worker);
                return answer;
            }
            discard(worker);
            how = "it needs more than %d MiB of memory".formatted(settings.maxMemory() >> 20);
        } catch (WorkerProcess.Ended e) {
            discard(worker);
            if (closed || e.byOthers) {
                throw new Unavailable("The process that decoded an image was ended from outside, perhaps for want of memory; the image is tried again.", e);
            }
            how = e.getMessage();
        } catch (RuntimeException e) { // of whom it waits for: frames that nobody took are still on their way
            discard(worker);
            throw e;
        }
        LOG.warnf("A decoder was lost (%s): %s", how, again ? "the image is refused" : "the image is tried once more");
        if (again) {
            throw new Rejected(Code.UNDECODABLE, "The image cannot be decoded here (%s). Export it anew, smaller or in another format.".formatted(how));
        }
        return attempt(job, each, true);
    }

    private WorkerProcess take(boolean fresh) {
        WorkerProcess worker = fresh ? null : idle.pollFirst();
        while (worker != null && !worker.alive()) {
            discard(worker);
            worker = idle.pollFirst();
        }
        return worker != null ? worker : start();
    }

    private WorkerProcess start() {
        try {
            Path folder = Files.createTempDirectory(Files.createDirectories(settings.folder().toAbsolutePath()), "decoder-");
            WorkerProcess worker = new WorkerProcess(new ProcessBuilder(command(folder)), folder);
            all.add(worker);
            if (closed) {
                discard(worker);
            }
            return worker;
        } catch (IOException e) {
            throw new Unavailable("A process to decode images in could not be started; the image is tried again.", e);
        }
    }

    private void giveBack(WorkerProcess worker) {
        if (closed || worker.late() || worker.jobs() >= MOST_JOBS) {
            discard(worker);
        } else {
            idle.addFirst(worker);
        }
    }

    private void discard(WorkerProcess worker) {
        all.remove(worker);
        worker.close();
    }

    /** Jobs at a time at the most. */
    public int most() {
        return settings.processes() + settings.making();
    }

    /** Jobs that are being done now. */
    public int atWork() {
        return most() - free.availablePermits() - (freeToMake == free ? 0 : freeToMake.availablePermits());
    }

    /** Of the children that live now; for tests. */
    List<Long> pids() {
        return all.stream().filter(WorkerProcess::alive).map(WorkerProcess::pid).toList();
    }

    /** Of those that have a job; for tests. */
    List<Long> busy() {
        return all.stream().filter(worker -> worker.alive() && !idle.contains(worker)).map(WorkerProcess::pid).toList();
    }

    /** @param folder of its temporary files */
    private List<String> command(Path folder) {
        // what the first child found is what all are to be
        String engine = description == null ? settings.engine() : description.name();
        // pixels pass through the heap in large arrays: half is enough for the largest, and what is free is given back
        long heap = Math.max(32, settings.maxMemory() >> 21);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap + "m", "-Xms16m", "-XX:+UseSerialGC", "-XX:MinHeapFreeRatio=10", "-XX:MaxHeapFreeRatio=20", "-XX:-UsePerfData", "-Xshare:auto",
                "-XX:ErrorFile=" + Path.of(System.getProperty("java.io.tmpdir"), "safelight-decoder-%p.log"), "-XX:-CreateCoredumpOnCrash",
                "-Djava.io.tmpdir=" + folder, "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Djava.awt.headless=true",
                "-Djava.util.logging.SimpleFormatter.format=%5$s%6$s%n"));
        if (!engine.equals("thumbnailator")) {
            // with libvips little is done in Java
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmn8m"));
        }
        command.addAll(List.of("-cp", classPath(), Worker.class.getName(), engine, settings.library().orElse(""),
                settings.nativeFolder().toAbsolutePath().toString(), settings.watermarks().toAbsolutePath().toString(), Long.toString(settings.maxMemory()),
                Long.toString(settings.limits().decodedBytes()), Integer.toString(settings.limits().side())));
        return command;
    }

    private static String classPath() {
        String own = System.getProperty("java.class.path");
        Path runner = Path.of(own.split(File.pathSeparator)[0]).toAbsolutePath();
        Path libraries = runner.resolveSibling("lib");
        if (!Files.isDirectory(libraries)) {
            return own;
        }
        return Stream.concat(Stream.of(runner), jars(libraries).stream()).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> jars(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> LIBRARIES.stream().anyMatch(f.getFileName().toString()::startsWith)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        all.forEach(this::discard);
    }
}

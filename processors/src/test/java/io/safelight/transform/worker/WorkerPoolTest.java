package io.safelight.transform.worker;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.decode.ModelInput;
import io.safelight.decode.ModelInput.Channels;
import io.safelight.decode.ModelInput.Layout;
import io.safelight.decode.ModelInput.Range;
import io.safelight.decode.ModelInput.Resize;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.transform.ImageEngine.Rendition;
import io.safelight.transform.Limits;
import io.safelight.transform.Samples;
import io.safelight.transform.thumbnailator.ThumbnailatorEngine;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the pure-Java engine, which is there everywhere: what happens to a child does not depend on what is in it. */
class WorkerPoolTest {
    private static final Path WATERMARKS = Path.of("config/watermarks");
    /** Minutes of work, were nothing to end it. */
    private static final VariantSpec ENDLESS = new VariantSpec("endless",
            Chain.parse(String.join("+", Collections.nCopies(Chain.MOST, "filter:kind=blur,sigma=100"))), List.of(Format.PNG), 80, false);
    private static final VariantSpec QUICK = new VariantSpec("quick", 40, List.of(Format.JPEG), 80);

    @TempDir
    Path folder;

    private static final List<ModelInput> INPUTS = List.of(
            new ModelInput(64, Layout.NCHW, Channels.RGB, Range.ZERO_TO_ONE, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), Resize.BILINEAR_ALIGNED_CORNERS),
            new ModelInput(31, Layout.NHWC, Channels.BGR, Range.LEVELS, List.of(103f, 116f, 123f), List.of(57f, 57f, 58f), Resize.CENTER_CROP));

    private WorkerPool pool;

    static WorkerPool pool(String engine, int processes, Duration maxTime, long maxMemory) {
        return pool(engine, processes, maxTime, maxMemory, Path.of("target", "decoders"));
    }

    /** @param folder of the children's temporary files */
    private static WorkerPool pool(String engine, int processes, Duration maxTime, long maxMemory, Path folder) {
        return new WorkerPool(new WorkerPool.Settings(engine, Optional.empty(), Path.of(".native"), WATERMARKS, Limits.NONE, folder, processes, processes, maxTime,
                maxMemory));
    }

    private WorkerPool open(int processes, Duration maxTime, long maxMemory) {
        pool = pool("thumbnailator", processes, maxTime, maxMemory);
        return pool;
    }

    @AfterEach
    void close() {
        if (pool != null) {
            pool.close();
        }
    }

    private Path image(int side) {
        return Samples.file(folder, "in-" + side, Samples.encoded(Samples.quarters(side, side), "png"));
    }

    private List<List<float[]>> planes(Path file) {
        List<List<float[]>> frames = new ArrayList<>();
        pool.planes(file, INPUTS, frames::add);
        return frames;
    }

    private List<Rendition> make(VariantSpec variant, int side) throws Exception {
        return pool.make(image(side), Format.PNG, List.of(variant), Files.createTempDirectory(folder, "out"));
    }

    private CompletableFuture<List<Rendition>> begin(VariantSpec variant, int side) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return make(variant, side);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static SafelightException failure(CompletableFuture<?> work) {
        return (SafelightException) assertThrows(CompletionException.class, work::join).getCause();
    }

    private void signal(long pid, String signal) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor());
    }

    /** The child that has worked on its job for a moment; what it took to start does not count. */
    private long busy() {
        Map<Long, Long> cpuWhenGivenTheJob = new HashMap<>();
        return await().atMost(Duration.ofSeconds(60)).until(() -> pool.busy().stream()
                .filter(pid -> cpu(pid) - cpuWhenGivenTheJob.computeIfAbsent(pid, WorkerPoolTest::cpu) > 1000).findFirst(), Optional::isPresent).orElseThrow();
    }

    private static long cpu(long pid) {
        return ProcessHandle.of(pid).flatMap(p -> p.info().totalCpuDuration()).orElse(Duration.ZERO).toMillis();
    }

    @Test
    void listeningToAChildTakesNoCarrierOfVirtualThreads() {
        open(1, Duration.ofMinutes(1), 512 << 20);

        String listener = "decoder-log-" + pool.pids().getFirst();
        // virtual threads are not among these
        assertTrue(Thread.getAllStackTraces().keySet().stream().anyMatch(thread -> thread.getName().equals(listener)), listener);
    }

    @Test
    void makesTheSameBytesAsTheEngineItself() throws Exception {
        open(1, Duration.ofMinutes(1), 512 << 20);

        Rendition there = make(QUICK, 200).getFirst();
        Rendition here = new ThumbnailatorEngine(WATERMARKS).make(image(200), Format.PNG, List.of(QUICK), Files.createTempDirectory(folder, "here")).getFirst();

        assertEquals(List.of(here.name(), here.format(), here.width(), here.height()), List.of(there.name(), there.format(), there.width(), there.height()));
        assertArrayEquals(Files.readAllBytes(here.file()), Files.readAllBytes(there.file()));
        assertEquals("thumbnailator", pool.name());
        assertEquals(Optional.of("gravity=attention needs libvips"), pool.cannot(Chain.parse("crop:width=1,height=1,gravity=attention").ops().getFirst()));
    }

    @Test
    void passesOnWhatTheEngineRefuses() {
        open(1, Duration.ofMinutes(1), 512 << 20);
        Path broken = Samples.file(folder, "in", Samples.cut(Samples.encoded(Samples.quarters(200, 200), "jpeg"), 0.5));

        List<Long> child = pool.pids();
        assertEquals(Code.BROKEN_IMAGE, assertThrows(Rejected.class, () -> planes(broken)).code());
        assertEquals(1, planes(image(200)).size());
        assertEquals(child, pool.pids(), "the child goes on");
    }

    @Test
    void makesTheInputsOfSeveralModelsAsTheEngineItselfDoes() {
        open(1, Duration.ofMinutes(1), 512 << 20);
        Path image = image(300);
        List<float[]> here = new ArrayList<>();
        new ThumbnailatorEngine(WATERMARKS).planes(image, INPUTS, here::addAll);

        List<float[]> there = planes(image).getFirst();

        assertEquals(List.of(3 * 64 * 64, 3 * 31 * 31), there.stream().map(floats -> floats.length).toList());
        for (int i = 0; i < INPUTS.size(); i++) {
            assertArrayEquals(here.get(i), there.get(i));
        }
    }

    @Test
    void goesOnAfterSomebodyDidNotTakeWhatTheyAskedFor() {
        open(1, Duration.ofMinutes(1), 512 << 20);
        Unavailable noTime = new Unavailable("no time", null);

        assertSame(noTime, assertThrows(Unavailable.class, () -> pool.planes(image(300), INPUTS, frame -> {
            throw noTime;
        })));

        assertEquals(1, planes(image(300)).size());
    }

    @Test
    void saysAtStartThatAnEngineCannotBeOpened() {
        assertTrue(assertThrows(Fault.class, () -> pool("sharp", 1, Duration.ofMinutes(1), 512 << 20)).getMessage().contains("must be auto, libvips or thumbnailator"));
    }

    @Test
    void refusesAnImageThatCrashesItsDecoderTwiceAndNothingElse() throws Exception {
        open(2, Duration.ofMinutes(5), 512 << 20);
        CompletableFuture<?> crashing = begin(ENDLESS, 2000);
        long first = busy();
        signal(first, "SEGV");
        await().atMost(Duration.ofSeconds(30)).until(() -> !pool.pids().contains(first));
        long second = busy();
        assertEquals(40, make(QUICK, 200).getFirst().width(), "others are not held up");
        signal(second, "SEGV");

        SafelightException refused = failure(crashing);

        assertEquals(Rejected.class, refused.getClass());
        assertEquals(Code.UNDECODABLE, refused.code());
        assertEquals(40, make(QUICK, 200).getFirst().width(), "the pool goes on");
    }

    @Test
    void triesAnImageLaterWhoseDecoderSomebodyElseEnded() throws Exception {
        open(1, Duration.ofMinutes(5), 512 << 20);
        CompletableFuture<?> work = begin(ENDLESS, 2000);

        signal(busy(), "KILL");

        assertEquals(Unavailable.class, failure(work).getClass());
        assertEquals(40, make(QUICK, 200).getFirst().width());
    }

    @Test
    void refusesAnImageThatTakesTooLong() {
        open(1, Duration.ofSeconds(5), 512 << 20);

        SafelightException refused = failure(begin(ENDLESS, 2000));

        assertEquals(Code.UNDECODABLE, refused.code());
        assertTrue(refused.getMessage().contains("longer than 5 s"), refused::getMessage);
    }

    @Test
    void refusesAnImageThatTakesTooMuchMemory() throws Exception {
        open(1, Duration.ofMinutes(1), 64 << 20);
        Path large = Samples.file(folder, "large", Samples.encoded(new BufferedImage(6000, 6000, BufferedImage.TYPE_BYTE_GRAY), "png"));

        Rejected refused = assertThrows(Rejected.class, () -> planes(large));

        assertEquals(Code.UNDECODABLE, refused.code(), refused::getMessage);
        assertTrue(refused.getMessage().contains("more than 64 MiB"), refused::getMessage);
        assertEquals(40, make(QUICK, 200).getFirst().width(), "the pool goes on");
    }

    @Test
    void refusesWorkThatTakesTooMuchMemory() throws Exception {
        open(1, Duration.ofMinutes(5), 64 << 20);
        VariantSpec soft = new VariantSpec("soft", Chain.parse("filter:kind=blur,sigma=1"), List.of(Format.PNG), 80, false);

        Rejected refused = assertThrows(Rejected.class, () -> make(soft, 2000));

        assertTrue(refused.getMessage().contains("more than 64 MiB"), refused::getMessage);
        assertEquals(40, make(QUICK, 200).getFirst().width(), "the pool goes on");
    }

    @Test
    void whatARequestAsksForWaitsForNothingElse() throws Exception {
        open(1, Duration.ofMinutes(5), 512 << 20);
        Path large = image(2000);
        try (var threads = Executors.newCachedThreadPool()) {
            try {
                Future<?> rendering = threads.submit(() -> pool.render(large, Format.PNG, 2048, List.of(ENDLESS), folder));
                busy();

                assertEquals(40, threads.submit(() -> make(QUICK, 200)).get(2, TimeUnit.MINUTES).getFirst().width());

                assertFalse(rendering.isDone());
            } finally {
                pool.close();
            }
        }
    }

    @Test
    void leavesNoTemporaryFileOfAChildThatIsKilled() throws Exception {
        Path temporary = folder.resolve("temporary");
        pool = pool("thumbnailator", 1, Duration.ofMinutes(5), 512 << 20, temporary);
        Path own = only(temporary);
        CompletableFuture<?> work = begin(ENDLESS, 2000);
        long child = busy();
        Files.writeString(own.resolve("font"), "left by a library");

        signal(child, "KILL");

        assertEquals(Unavailable.class, failure(work).getClass());
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.notExists(own));
        assertEquals(40, make(QUICK, 200).getFirst().width(), "the next has a folder of its own");
    }

    private static Path only(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all::toString);
            return all.getFirst();
        }
    }

    @Test
    void leavesNoChildBehind() throws Exception {
        open(2, Duration.ofMinutes(1), 512 << 20);
        CompletableFuture<?> work = begin(ENDLESS, 2000);
        busy();
        assertEquals(40, make(QUICK, 200).getFirst().width());
        List<ProcessHandle> children = pool.pids().stream().flatMap(pid -> ProcessHandle.of(pid).stream()).toList();
        assertEquals(2, children.size());

        pool.close();

        assertEquals(Unavailable.class, failure(work).getClass());
        for (ProcessHandle child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void keepsItsEnvironmentFromItsChildren() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("env");
        builder.environment().putAll(Map.of("AWS_SECRET_ACCESS_KEY", "s", "SAFELIGHT_DATABASE_PASSWORD", "s", "PATH", "/bin"));

        new WorkerProcess(builder, Files.createDirectory(folder.resolve("own"))).close();

        assertFalse(builder.environment().keySet().stream().anyMatch(name -> name.startsWith("AWS") || name.startsWith("SAFELIGHT")), builder.environment()::toString);
    }
}

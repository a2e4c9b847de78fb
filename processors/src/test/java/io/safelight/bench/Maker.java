package io.safelight.bench;

import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.VariantSpec;
import io.safelight.transform.Limits;
import io.safelight.transform.worker.WorkerPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.coobird.thumbnailator.Thumbnails;

/** Our engine as the processing group calls it, decoder processes and all, and Thumbnailator as its documentation shows it, for {@link Peer}. */
final class Maker implements AutoCloseable {
    private static final int MASTER_SIDE = 2048;
    private static final int MOST_IN_FLIGHT = 2;
    private static final Path DECODERS = Path.of("target/bench/out/decoders");

    private final WorkerPool engine = new WorkerPool(new WorkerPool.Settings("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"),
            Limits.NONE, DECODERS, MOST_IN_FLIGHT, 0, Duration.ofSeconds(30), 1L << 30));

    private Maker() {}

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        try (Maker maker = new Maker()) {
            answers.println(Json.MAPPER.writeValueAsString(Map.of("java", Runtime.version().toString(), "libvips", maker.engine.version())));
            BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in));
            for (String line; (line = jobs.readLine()) != null;) {
                answers.println(Json.MAPPER.writeValueAsString(maker.run(Json.MAPPER.readValue(line, Job.class))));
            }
        }
    }

    private Map<String, Object> run(Job job) throws Exception {
        Queue<Path> queue = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < job.repeat(); i++) {
            job.files().stream().map(Path::of).forEach(queue::add);
        }
        List<VariantSpec> variants = job.variants().stream().map(Job.Sized::spec).toList();
        int images = queue.size();
        double cpu = cpu();
        long start = System.nanoTime();
        try (ExecutorService pool = Executors.newFixedThreadPool(job.inFlight())) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < job.inFlight(); i++) {
                Path folder = Files.createDirectories(Path.of(job.folder(), Integer.toString(i)));
                workers.add(pool.submit(() -> {
                    for (Path file; (file = queue.poll()) != null;) {
                        make(job, file, variants, folder);
                    }
                    return null;
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
        return Map.of("images", images, "cpuMicros", Math.round(1e6 * (cpu() - cpu)), "wallMicros", (System.nanoTime() - start) / 1000);
    }

    private static double cpu() {
        return Commands.cpuOfTrees(ProcessHandle.current().pid());
    }

    private void make(Job job, Path file, List<VariantSpec> variants, Path folder) throws IOException {
        Format format = file.toString().endsWith(".png") ? Format.PNG : Format.JPEG;
        switch (job.way()) {
            case "engine" -> {
                if (job.master()) {
                    engine.render(file, format, MASTER_SIDE, variants, folder);
                } else {
                    engine.make(file, format, variants, folder);
                }
            }
            case "thumbnailator" -> {
                for (Job.Sized variant : job.variants()) {
                    Thumbnails.of(file.toFile()).width(variant.width()).outputFormat("jpg").outputQuality(variant.quality() / 100.0)
                            .toFile(folder.resolve(variant.name() + ".jpg").toFile());
                }
            }
            default -> throw new IllegalArgumentException("no way '" + job.way() + "' here");
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}

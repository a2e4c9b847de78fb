package io.safelight.bench;

import com.sun.management.OperatingSystemMXBean;
import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.VariantSpec;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Our engine as the processing group calls it, and Thumbnailator as its documentation shows it, for {@link Peer}. */
final class Maker {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int MASTER_SIDE = 2048;

    private final ImageEngine engine = Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));

    private Maker() {}

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Maker maker = new Maker();
        answers.println(Json.MAPPER.writeValueAsString(Map.of("java", Runtime.version().toString(), "libvips", maker.engine.version())));
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = jobs.readLine()) != null;) {
            answers.println(Json.MAPPER.writeValueAsString(maker.run(Json.MAPPER.readValue(line, Job.class))));
        }
    }

    private Map<String, Object> run(Job job) throws Exception {
        Queue<Path> queue = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < job.repeat(); i++) {
            job.files().stream().map(Path::of).forEach(queue::add);
        }
        List<VariantSpec> variants = job.variants().stream().map(Job.Sized::spec).toList();
        int images = queue.size();
        long cpu = SYSTEM.getProcessCpuTime();
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
        return Map.of("images", images, "cpuMicros", (SYSTEM.getProcessCpuTime() - cpu) / 1000, "wallMicros", (System.nanoTime() - start) / 1000);
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
}

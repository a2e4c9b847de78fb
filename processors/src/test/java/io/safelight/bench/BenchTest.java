package io.safelight.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.bench.Job.Sized;
import io.safelight.error.Fault;
import io.safelight.it.Scrape;
import io.safelight.model.Format;
import io.safelight.transform.Engines;
import java.awt.image.BufferedImage;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the benchmarks run and reckon rightly; how fast anything is, no test asks. */
class BenchTest {
    @TempDir
    Path folder;

    @Test
    void aPeerMakesEachImageAndTellsWhatItCost() throws Exception {
        try {
            Engines.open("libvips", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));
        } catch (Fault e) {
            Assumptions.abort("SKIPPED, NOT TESTED: " + e.getMessage());
        }
        Path photo = folder.resolve("photo.png");
        ImageIO.write(picture(64, 48, 0), "png", photo.toFile());
        Job job = new Job("engine", List.of(photo.toString()), 3, 2, false, List.of(new Sized("small", 16, List.of(Format.JPEG), 80)), null, folder.resolve("out").toString());

        try (Peer peer = Peer.java(List.of())) {
            Cost cost = peer.run(job);

            assertEquals(3, cost.images());
            assertTrue(cost.wall() > 0);
            assertTrue(peer.resident() > 0);
        }
        try (var made = Files.walk(folder.resolve("out"))) {
            assertTrue(made.anyMatch(file -> file.endsWith("small.jpg")));
        }
    }

    @Test
    void similarityIsOneForTheSamePictureAndFallsWithNoise() {
        BufferedImage picture = picture(64, 48, 0);

        assertEquals(1, Ssim.of(picture, picture), 1e-9);
        double little = Ssim.of(picture, picture(64, 48, 10));
        double much = Ssim.of(picture, picture(64, 48, 80));
        assertTrue(1 > little && little > much, little + " and " + much);
    }

    @Test
    void theRatioIsTheMedianOfTheRoundsOwn() {
        Report.Section section = Report.Section.lowerIsBetter("title", "ms").bar("peer", 0.8, null);
        double[][] rounds = {{1, 2}, {30, 40}, {5, 10}};
        for (double[] round : rounds) {
            section.add("ours", round[0]);
            section.add("peer", round[1]);
        }

        assertTrue(section.table().contains("| peer | 10.00 | 2.00–40.00 | 0.50 | ≤ 0.8: met |"), section::table);
    }

    @Test
    void noTwoStrangersSayTheSame() {
        assertEquals(20_000, IntStream.range(0, 20_000).mapToObj(Strangers::word).distinct().count());
        assertTrue(IntStream.range(0, 20_000).mapToObj(Strangers::word).allMatch(word -> word.matches("[a-z]+")));
    }

    @Test
    void aHistogramIsOneMeterHoweverManyBucketsItHas() {
        Map<String, Double> told = Scrape.parse("""
                # HELP ignored
                http_server_requests_seconds_bucket{method="GET",uri="/upload",le="0.1"} 1.0
                http_server_requests_seconds_bucket{method="GET",uri="/upload",le="+Inf"} 2.0
                http_server_requests_seconds_count{method="GET",uri="/upload"} 2.0
                http_server_requests_seconds_max{method="GET",uri="/upload"} NaN
                time_to_publish_seconds_bucket{le="1.0"} 4.0
                time_to_publish_seconds_sum 4.0
                upload_requests_total{status="202"} 7.0
                """);

        assertEquals(7, told.size());
        assertEquals(Set.of("http_server_requests_seconds{method=\"GET\",uri=\"/upload\"}", "time_to_publish_seconds{}", "upload_requests{status=\"202\"}"),
                told.keySet().stream().map(Scrape::meter).collect(Collectors.toSet()));
    }

    @Test
    void aJvmIsWarmOnceItsPassesNoLongerGetCheaper() {
        assertFalse(Cost.settled(List.of(100.0, 100.0, 100.0, 100.0, 100.0)), "too few to tell");
        assertFalse(Cost.settled(List.of(1.0, 1.0, 1.0, 100.0, 100.0, 100.0, 97.0, 300.0, 97.0)));
        assertTrue(Cost.settled(List.of(200.0, 200.0, 200.0, 100.0, 100.0, 100.0, 98.5, 300.0, 98.5)));
        assertTrue(Cost.settled(List.of(100.0, 100.0, 100.0, 110.0, 110.0, 110.0)));
    }

    @Test
    void aSampleIsWhoseInnermostFrameItShows() {
        assertEquals(Owner.S3, Owner.of(List.of("java.net.SocketOutputStream", "org.apache.http.impl.io.SessionOutputBufferImpl", "io.safelight.camel.Objects", "org.apache.camel.impl.X")));
        assertEquals(Owner.IMAGES, Owner.of(List.of("io.safelight.transform.vips.Vips", "io.safelight.transform.worker.Worker")));
        assertEquals(Owner.OURS, Owner.of(List.of("com.fasterxml.jackson.databind.ObjectMapper", "io.safelight.camel.Events", "org.apache.camel.component.bean.BeanProcessor")));
        assertEquals(Owner.SQL, Owner.of(List.of("io.quarkus.agroal.runtime.X", "io.safelight.catalog.Db")));
        assertEquals(Owner.HTTP, Owner.of(List.of("io.quarkus.arc.X", "io.safelight.catalog.Db")));
        assertEquals(Owner.OTHER, Owner.of(List.of("java.lang.Thread")));
    }

    @Test
    void whatNoSampleStandsForIsToldAsNotSampled() {
        Instant from = Instant.EPOCH;
        Instant to = from.plusSeconds(10);
        // a second thread of the JVM's own began in between
        Shares shares = new Shares(from, Map.of("one", new Shares.Reading(5, Map.of(1L, 2.0), Owner.UNSEEN)),
                to, Map.of("one", new Shares.Reading(9, Map.of(1L, 2.5, 2L, 0.5), Owner.UNSEEN)));
        shares.add("one", List.of(new Profiler.Sample(from, 1.5, Owner.CAMEL, false), new Profiler.Sample(from.plusSeconds(9), 0.5, Owner.CAMEL, false),
                new Profiler.Sample(to, 100, Owner.S3, false)));

        assertEquals(2, shares.of(Owner.CAMEL::equals), 1e-9);
        assertEquals(1, shares.of(Owner.JVM::equals), 1e-9);
        assertEquals(1, shares.of("one", Owner.UNSEEN::equals), 1e-9);
        assertEquals(4, shares.of(owner -> true), 1e-9);
    }

    @Test
    void theProfilerTellsWhatARunningJvmIsBusyWith() throws Exception {
        Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "SKIPPED, NOT TESTED: the JDK samples CPU time on Linux alone");
        Profiler profiler = Profiler.start(ProcessHandle.current().pid(), folder.resolve("own.jfr"));
        BufferedImage picture = picture(256, 256, 0);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = threads.getCurrentThreadCpuTime() + 500_000_000;
        while (threads.getCurrentThreadCpuTime() < end) {
            Ssim.of(picture, picture);
        }

        Profiler.Recording recording = profiler.stop();
        double ours = recording.samples().stream().filter(sample -> sample.owner() == Owner.OURS).mapToDouble(Profiler.Sample::cpu).sum();
        assertTrue(ours > 0.1, () -> ours + " s of half a second were seen");
    }

    private static BufferedImage picture(int width, int height, int noise) {
        Random random = new Random(1);
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int value = Math.clamp((x * 3 + y * 2) % 256 + (noise == 0 ? 0 : random.nextInt(-noise, noise)), 0, 255);
                picture.setRGB(x, y, value << 16 | value << 8 | value);
            }
        }
        return picture;
    }
}

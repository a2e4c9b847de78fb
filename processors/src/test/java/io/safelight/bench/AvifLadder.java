package io.safelight.bench;

import io.safelight.bench.Job.Sized;
import io.safelight.model.Format;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** What our AVIF, of effort 1, costs in bytes beside sharp's default effort: at the same score, which is found on a ladder of qualities. */
final class AvifLadder {
    private static final int WIDTH = 720;
    private static final int OUR_QUALITY = 80;
    private static final List<Integer> QUALITIES = List.of(40, 50, 58, 64, 72);
    /** One is too short for a CPU time that is counted in ticks of 10 ms. */
    private static final int OFTEN = 10;
    private static final double BAR = 1.15;

    private final Peer ours;
    private final Peer sharp;
    private final List<Path> photos;
    private final Map<String, Metric> metrics = new LinkedHashMap<>();

    private interface Metric {
        /** Higher is better. */
        double score(Path reference, Path distorted) throws IOException;
    }

    private record Encoded(double cpuMillis, long bytes, Map<String, Double> scores) {}

    AvifLadder(Peer ours, Peer sharp, Options options) {
        this.ours = ours;
        this.sharp = sharp;
        List<Path> cameras = options.cameras();
        photos = Stream.concat(Stream.of(options.taskS()), cameras.stream().filter(p -> cameras.indexOf(p) % 4 == 0)).distinct().toList();
        metrics.put("SSIM", (reference, distorted) -> Ssim.of(read(reference), read(distorted)));
        if (Commands.has("ssimulacra_main")) {
            // it tells a distance
            metrics.put("SSIMULACRA", (reference, distorted) -> 1 - Double.parseDouble(Commands.run(Map.of(),
                    List.of("ssimulacra_main", reference.toString(), distorted.toString())).lines().toList().getLast()));
        } else {
            KernelBench.leftOut("ssimulacra_main");
        }
    }

    Map<String, Object> run() throws IOException {
        Map<String, Object> byPhoto = new LinkedHashMap<>();
        Map<String, Map<String, List<Double>>> ratios = new TreeMap<>();
        System.out.println("\nAVIF %d wide: ours (effort 1, 4:2:0, quality 64) beside sharp's effort 4\n".formatted(WIDTH));
        System.out.println("| photograph | encoder | CPU ms | bytes | " + String.join(" | ", metrics.keySet()) + " |\n|---|---|---|---|" + "---|".repeat(metrics.size()));
        for (Path photo : photos) {
            Path reference = reference(photo);
            Encoded mine = encoded(ours, Job.of("engine", List.of(reference), avif(OUR_QUALITY)).times(OFTEN), reference, Path.of("0/a.avif"));
            print(photo, "ours", mine);
            Map<String, Object> here = new LinkedHashMap<>(Map.of("ours", mine));
            for (String chroma : List.of("4:4:4", "4:2:0")) {
                Map<Integer, Encoded> ladder = new TreeMap<>();
                for (int quality : QUALITIES) {
                    Job job = Job.of("loop", List.of(reference), avif(quality)).with(Map.of("avif", Map.of("quality", quality, "effort", 4, "chromaSubsampling", chroma)));
                    ladder.put(quality, encoded(sharp, job, reference, Path.of("a.avif")));
                    if (quality == 50 || quality == 64) {
                        print(photo, "sharp " + chroma + ", quality " + quality, ladder.get(quality));
                    }
                }
                here.put("sharp " + chroma, ladder);
                metrics.keySet().forEach(metric -> ratios.computeIfAbsent("sharp's effort 4, " + chroma, c -> new TreeMap<>()).computeIfAbsent(metric, m -> new ArrayList<>())
                        .add(mine.bytes / bytesAt(mine.scores.get(metric), metric, ladder)));
            }
            byPhoto.put(photo.getFileName().toString(), here);
        }
        System.out.println("\n| bytes ours ÷ its, at an equal score | metric | median | lowest to highest | bar |\n|---|---|---|---|---|");
        ratios.forEach((peer, byMetric) -> byMetric.forEach((metric, values) -> System.out.print(Report.format("| %s | %s | %.2f | %.2f–%.2f | ≤ %s: %s |%n", peer, metric,
                Report.median(values), values.stream().min(Double::compare).get(), values.stream().max(Double::compare).get(), BAR, Report.median(values) <= BAR ? "met" : "MISSED"))));
        return Map.of("title", "AVIF at an equal score", "photographs", byPhoto, "bytesOursDividedBy", ratios);
    }

    private static List<Sized> avif(int quality) {
        return List.of(new Sized("a", WIDTH, List.of(Format.AVIF), quality));
    }

    private Path reference(Path photo) {
        sharp.run(Job.of("png", List.of(photo), avif(OUR_QUALITY)));
        String name = photo.getFileName().toString();
        return Path.of("target/bench/out/png", name.substring(0, name.lastIndexOf('.')) + ".png");
    }

    private Encoded encoded(Peer peer, Job job, Path reference, Path made) throws IOException {
        double cpu = peer.run(job).cpuMillisPerImage();
        Path file = Path.of(job.folder()).resolve(made);
        sharp.run(new Job("png", List.of(file.toString()), 1, 1, false, List.of(), Map.of(), "target/bench/out/decoded"));
        Map<String, Double> scores = new LinkedHashMap<>();
        for (var metric : metrics.entrySet()) {
            scores.put(metric.getKey(), metric.getValue().score(reference, Path.of("target/bench/out/decoded/a.png")));
        }
        return new Encoded(cpu, Files.size(file), scores);
    }

    private static void print(Path photo, String who, Encoded encoded) {
        StringBuilder scores = new StringBuilder();
        encoded.scores.values().forEach(score -> scores.append(Report.format(" %.4f |", score)));
        System.out.print(Report.format("| %s | %s | %.0f | %d |%s%n", photo.getFileName(), who, encoded.cpuMillis, encoded.bytes, scores));
    }

    /** The logarithm of the bytes goes straight from one rung to the next, and beyond the last as between the last two. */
    private static double bytesAt(double score, String metric, Map<Integer, Encoded> ladder) {
        List<Encoded> rungs = ladder.values().stream().sorted(Comparator.comparingDouble(e -> e.scores.get(metric))).toList();
        int upper = 1;
        while (upper < rungs.size() - 1 && rungs.get(upper).scores.get(metric) < score) {
            upper++;
        }
        Encoded low = rungs.get(upper - 1);
        Encoded high = rungs.get(upper);
        double part = (score - low.scores.get(metric)) / (high.scores.get(metric) - low.scores.get(metric));
        return Math.exp(Math.log(low.bytes) + part * (Math.log(high.bytes) - Math.log(low.bytes)));
    }

    private static BufferedImage read(Path file) throws IOException {
        return ImageIO.read(file.toFile());
    }
}

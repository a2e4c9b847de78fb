package io.safelight.bench;

import io.safelight.bench.Job.Sized;
import io.safelight.config.VariantsFile;
import io.safelight.model.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Our engine beside sharp, vipsthumbnail and Thumbnailator: CPU and memory per image. */
public final class KernelBench {
    private static final List<Format> JPEG = List.of(Format.JPEG);
    private static final int QUALITY = 80;
    private static final Map<String, Map<String, Object>> SHARPS_DEFAULTS = Map.of("jpeg", Map.of("quality", QUALITY));
    /** What our engine writes with, in sharp's words. */
    static final Map<String, Map<String, Object>> SAME = Map.of("jpeg", Map.of("quality", QUALITY, "optimiseCoding", false),
            "webp", Map.of("quality", QUALITY, "effort", 2), "avif", Map.of("quality", QUALITY * 4 / 5, "effort", 1, "chromaSubsampling", "4:2:0"));
    static final List<String> HEAP = List.of("-Xmx256m");
    private static final String OURS = "Safelight";
    private static final String THUMBNAILATOR = "Thumbnailator";
    private static final int WARM_UPS = 3;
    /** Some compile on for so long that it is not waited for. */
    private static final int MOST_WARM_UPS = 20;
    private static final int MOST_LONG_ROUNDS = 3;

    private final Options options;
    private final Report report = new Report("kernel");

    private KernelBench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws IOException {
        Options options = Options.parse(args, 5);
        if (options.onlyJpeg()) {
            Options.fail("--only is for the pipeline; the kernel's bench is short enough without");
        }
        new KernelBench(options).run();
    }

    private void run() throws IOException {
        try (Peer ours = Peer.java(HEAP); Peer sharp = Peer.sharp()) {
            report.say("ours", ours.versions);
            report.say("peer", sharp.versions);
            report.say("rounds", options.rounds());
            oneSize(ours, sharp);
            fourWidths(ours, sharp);
            threeFormats(ours, sharp);
            report.add(new AvifLadder(ours, sharp, options).run());
        }
        List<Sized> shipped = VariantsFile.load(Path.of("config/variants.yaml")).stream().map(Sized::of).toList();
        oneCore(shipped);
        memory(shipped);
        report.write();
    }

    private void oneSize(Peer ours, Peer sharp) {
        List<Path> photo = List.of(options.taskS());
        List<Sized> sizes = List.of(new Sized("w720", 720, JPEG, QUALITY));
        Job engine = Job.of("engine", photo, sizes).times(200);
        Job loop = Job.of("loop", photo, sizes).times(200);
        Map<String, Supplier<Double>> contenders = new LinkedHashMap<>();
        contenders.put(OURS, () -> ours.run(engine).cpuMillisPerImage());
        contenders.put("sharp, its defaults", () -> sharp.run(loop.with(SHARPS_DEFAULTS)).cpuMillisPerImage());
        contenders.put("sharp, optimiseCoding off as ours", () -> sharp.run(loop.with(SAME)).cpuMillisPerImage());
        if (Commands.has("vipsthumbnail")) {
            String version = Commands.run(Map.of(), List.of("vipsthumbnail", "--vips-version"));
            contenders.put("vipsthumbnail, " + version + ", start of the process included", () -> vipsthumbnail(photo.getFirst(), 10));
        } else {
            leftOut("vipsthumbnail");
        }
        contenders.put(THUMBNAILATOR, () -> ours.run(Job.of("thumbnailator", photo, sizes).times(3)).cpuMillisPerImage());
        Report.Section section = Report.Section.lowerIsBetter("a) %s to 720 wide JPEG of quality 80".formatted(photo.getFirst().getFileName()), "CPU ms per image")
                .bar("sharp, its defaults", 0.95, 0.85).bar("sharp, optimiseCoding off as ours", 0.95, 0.85);
        rounds(contenders, section, options.rounds());
    }

    static void leftOut(String program) {
        System.err.println("!! LEFT OUT, NOT MEASURED: " + program + " is not installed here.");
    }

    private static double vipsthumbnail(Path photo, int times) {
        List<String> command = new ArrayList<>(List.of("vipsthumbnail", "--size", "720x", "-o", Path.of("target/bench/out/%s-thumbnail.jpg").toAbsolutePath() + "[Q=80,strip]"));
        command.addAll(Collections.nCopies(times, photo.toAbsolutePath().toString()));
        double before = Commands.cpuOfEndedChildren();
        Commands.run(Map.of("VIPS_CONCURRENCY", "1"), command);
        return 1000 * (Commands.cpuOfEndedChildren() - before) / times;
    }

    private void fourWidths(Peer ours, Peer sharp) {
        List<Path> photos = Stream.concat(Stream.of(options.taskS()), options.cameras().stream()).distinct().toList();
        List<Sized> sizes = Stream.of(1280, 720, 320, 128).map(width -> new Sized("w" + width, width, JPEG, QUALITY)).toList();
        Map<String, Supplier<Double>> contenders = new LinkedHashMap<>();
        contenders.put(OURS, () -> ours.run(Job.of("engine", photos, sizes).times(4)).cpuMillisPerImage());
        contenders.put("sharp, a loop of calls, its defaults", () -> sharp.run(Job.of("loop", photos, sizes).times(4).with(SHARPS_DEFAULTS)).cpuMillisPerImage());
        contenders.put("sharp, a loop, optimiseCoding off", () -> sharp.run(Job.of("loop", photos, sizes).times(4).with(SAME)).cpuMillisPerImage());
        contenders.put("sharp, decoded once, optimiseCoding off", () -> sharp.run(Job.of("once", photos, sizes).times(4).with(SAME)).cpuMillisPerImage());
        Report.Section section = Report.Section.lowerIsBetter("b) %d photographs, each to JPEG 1280, 720, 320 and 128 wide".formatted(photos.size()), "CPU ms per image")
                .bar("sharp, a loop of calls, its defaults", 0.8, 0.7).bar("sharp, a loop, optimiseCoding off", 0.8, 0.7);
        rounds(contenders, section, options.rounds());
    }

    private void threeFormats(Peer ours, Peer sharp) {
        List<Path> photos = Stream.concat(Stream.of(options.taskS()), options.cameras().stream()).distinct().toList();
        List<Sized> sizes = Stream.of(1280, 640, 320).map(width -> new Sized("w" + width, width, List.of(Format.JPEG, Format.WEBP, Format.AVIF), QUALITY)).toList();
        Map<String, Supplier<Double>> contenders = new LinkedHashMap<>();
        contenders.put(OURS, () -> ours.run(Job.of("engine", photos, sizes)).cpuMillisPerImage());
        contenders.put("sharp, a loop, same settings", () -> sharp.run(Job.of("loop", photos, sizes).with(SAME)).cpuMillisPerImage());
        contenders.put("sharp, decoded once, same settings", () -> sharp.run(Job.of("once", photos, sizes).with(SAME)).cpuMillisPerImage());
        Report.Section section = Report.Section.lowerIsBetter("c) %d photographs, each to JPEG, WebP and AVIF 1280, 640 and 320 wide".formatted(photos.size()), "CPU ms per image")
                .bar("sharp, a loop, same settings", 0.95, null).bar("sharp, decoded once, same settings", 0.95, null);
        rounds(contenders, section, options.rounds());
    }

    private void oneCore(List<Sized> shipped) {
        try (Peer ours = Peer.java(HEAP, "taskset", "-c", "0"); Peer sharp = Peer.sharp("taskset", "-c", "0")) {
            Job engine = Job.of("engine", options.photos(), shipped).withMaster();
            Map<String, Supplier<Cost>> costs = new LinkedHashMap<>();
            costs.put(OURS, () -> ours.run(engine));
            costs.put("sharp, a loop, same settings", () -> sharp.run(Job.of("loop", options.photos(), shipped).withMaster().with(SAME)));
            costs.put("sharp, decoded once, same settings", () -> sharp.run(Job.of("once", options.photos(), shipped).withMaster().with(SAME)));
            Report.Section wall = Report.Section.higherIsBetter("d) a worker on one core: %d photographs, master and the shipped variants".formatted(options.photos().size()), "images per second");
            Report.Section cpu = Report.Section.higherIsBetter("d) the same", "images per CPU second");
            costs.forEach((who, cost) -> warmUp(who, () -> cost.get().cpuMillisPerImage()));
            for (int round = 0; round < Math.min(options.rounds(), MOST_LONG_ROUNDS); round++) {
                inTurn(costs, round).forEach((who, cost) -> {
                    wall.add(who, cost.imagesPerSecond());
                    cpu.add(who, cost.imagesPerCpuSecond());
                });
            }
            report.add(wall);
            report.add(cpu);
        }
    }

    private void memory(List<Sized> shipped) {
        Job engine = Job.of("engine", options.photos(), shipped).withMaster().inFlight(2);
        Report.Section above = Report.Section.lowerIsBetter("e) memory: %d photographs, two at a time, Java with %s and decoders with half a gigabyte each".formatted(options.photos().size(), HEAP.getFirst()),
                        "MiB at the peak above idle after a warm-up").bar("sharp, a loop, same settings", 1.3, null);
        Report.Section whole = Report.Section.lowerIsBetter("e) the same", "MiB at the peak in all");
        for (int round = 0; round < Math.min(options.rounds(), MOST_LONG_ROUNDS); round++) {
            try (Peer ours = Peer.java(HEAP); Peer sharp = Peer.sharp()) {
                memory(OURS, ours, engine, above, whole);
                memory("sharp, a loop, same settings", sharp, Job.of("loop", options.photos(), shipped).withMaster().inFlight(2).with(SAME), above, whole);
            }
            try (Peer sharp = Peer.sharp()) {
                memory("sharp, decoded once, same settings", sharp, Job.of("once", options.photos(), shipped).withMaster().inFlight(2).with(SAME), above, whole);
            }
        }
        report.add(above);
        report.add(whole);
    }

    private static void memory(String who, Peer peer, Job job, Report.Section above, Report.Section whole) {
        peer.run(job);
        double idle = peer.resident();
        peer.forgetPeak();
        peer.run(job);
        above.add(who, peer.peak() - idle);
        whole.add(who, peer.peak());
    }

    private void rounds(Map<String, Supplier<Double>> contenders, Report.Section section, int rounds) {
        contenders.forEach(this::warmUp);
        for (int round = 0; round < rounds; round++) {
            inTurn(contenders, round).forEach(section::add);
        }
        report.add(section);
    }

    /** Who has a JVM that compiles, until it no longer gets cheaper. */
    private void warmUp(String who, Supplier<Double> contender) {
        boolean compiles = Set.of(OURS, THUMBNAILATOR).contains(who);
        List<Double> passes = new ArrayList<>();
        while (passes.size() < WARM_UPS || compiles && passes.size() < MOST_WARM_UPS && !Cost.settled(passes)) {
            passes.add(contender.get());
        }
        if (compiles && !Cost.settled(passes)) {
            System.out.printf("%s was still getting cheaper after %d passes%n", who, passes.size());
        }
    }

    /** Each once, another one first every time; answered in their own order. */
    static <T> Map<String, T> inTurn(Map<String, Supplier<T>> contenders, int round) {
        List<String> order = new ArrayList<>(contenders.keySet());
        Collections.rotate(order, -round);
        Map<String, T> results = new LinkedHashMap<>();
        contenders.keySet().forEach(who -> results.put(who, null));
        order.forEach(who -> results.put(who, contenders.get(who).get()));
        return results;
    }
}

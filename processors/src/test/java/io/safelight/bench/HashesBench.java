package io.safelight.bench;

import com.sun.management.OperatingSystemMXBean;
import io.safelight.decode.ImageIoReader;
import io.safelight.pdq.Copies;
import io.safelight.pdq.HashIndex;
import io.safelight.pdq.Pdq;
import io.safelight.pdq.PdqHash;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Perceptual hashes: lookups in an index of a million beside looking at each, what a hash costs, and how far apart copies are. */
public final class HashesBench {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final int HASHES = 1_000_000;
    private static final int QUERIES = 4_000;
    private static final int SCANS = 100;
    private static final int MOST = HashIndex.MOST_DISTANCE;
    private static final int MASTER_SIDE = 2048;

    private final Options options;
    private final Report report = new Report("hashes");
    private final Random random = new Random(1);
    private final HashIndex index = new HashIndex();
    private final PdqHash[] hashes = new PdqHash[HASHES];
    /** The same, one after the other in memory. */
    private final long[] words = new long[4 * HASHES];
    private int answered;

    private HashesBench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws IOException {
        new HashesBench(Options.parse(args, 3)).run();
    }

    private void run() throws IOException {
        report.say("java", Runtime.version().toString());
        report.say("rounds", options.rounds());
        fill();
        lookups();
        hashing();
        distances();
        report.write();
    }

    /** Nine in ten by chance, one in ten a near copy of another. */
    private void fill() {
        for (int i = 0; i < HASHES; i++) {
            hashes[i] = i % 10 == 9 ? near(hashes[random.nextInt(i)]) : chance();
            words[4 * i] = hashes[i].first();
            words[4 * i + 1] = hashes[i].second();
            words[4 * i + 2] = hashes[i].third();
            words[4 * i + 3] = hashes[i].fourth();
        }
        long before = memory();
        double seconds = cpu(() -> {
            for (int i = 0; i < HASHES; i++) {
                index.add(i, hashes[i]);
            }
        });
        report.say("hashes", HASHES);
        report.say("microseconds of CPU to add one", Report.format("%.1f", seconds * 1e6 / HASHES));
        report.say("bytes of memory for each", (memory() - before) / HASHES);
        double changes = cpu(() -> {
            for (int i = 0; i < HASHES; i += 10) {
                index.remove(i, hashes[i]);
                index.add(i, hashes[i]);
            }
        });
        report.say("microseconds of CPU to remove one and add it again", Report.format("%.1f", changes * 1e6 / (HASHES / 10)));
    }

    private void lookups() {
        List<PdqHash> queries = IntStream.range(0, QUERIES).mapToObj(i -> i % 2 == 0 ? chance() : near(hashes[random.nextInt(HASHES)])).toList();
        List<PdqHash> few = queries.subList(0, SCANS);
        for (PdqHash query : few) {
            int expected = scan(query);
            int found = index.nearest(query, MOST).map(HashIndex.Match::distance).orElse(MOST + 1);
            if (found != Math.min(expected, MOST + 1)) {
                throw new IllegalStateException("the index says %d and looking at each %d for %s".formatted(found, expected, query));
            }
        }
        Report.Section section = Report.Section.higherIsBetter("Lookups among %,d hashes, half of them near one that is there".formatted(HASHES), "lookups per CPU second");
        for (int round = -1; round < options.rounds(); round++) {
            double nearest = QUERIES / cpu(() -> queries.forEach(query -> answered += index.nearest(query, MOST).isPresent() ? 1 : 0));
            double within = QUERIES / cpu(() -> queries.forEach(query -> answered += index.within(query, MOST).size()));
            double closer = QUERIES / cpu(() -> queries.forEach(query -> answered += index.nearest(query, MOST / 2).isPresent() ? 1 : 0));
            double scanned = SCANS / cpu(() -> few.forEach(query -> answered += scan(query)));
            if (round >= 0) {
                section.add("the nearest within 31", nearest);
                section.add("all within 31", within);
                section.add("the nearest within 15", closer);
                section.add("looking at each hash", scanned);
            }
        }
        report.add(section);
        report.say("answers", answered);
    }

    private int scan(PdqHash query) {
        int nearest = Integer.MAX_VALUE;
        for (int i = 0; i < words.length; i += 4) {
            nearest = Math.min(nearest, Long.bitCount(words[i] ^ query.first()) + Long.bitCount(words[i + 1] ^ query.second())
                    + Long.bitCount(words[i + 2] ^ query.third()) + Long.bitCount(words[i + 3] ^ query.fourth()));
        }
        return nearest;
    }

    private void hashing() {
        byte[] rgb = new byte[3 * 512 * 384];
        random.nextBytes(rgb);
        Report.Section section = Report.Section.lowerIsBetter("Eight hashes of 512 x 384 pixels", "CPU ms");
        for (int round = -1; round < options.rounds(); round++) {
            double seconds = cpu(() -> {
                for (int i = 0; i < 200; i++) {
                    answered += Pdq.of(512, 384, rgb).quality();
                }
            });
            if (round >= 0) {
                section.add("Safelight", 1000 * seconds / 200);
            }
        }
        report.add(section);
    }

    private void distances() throws IOException {
        Map<String, UnaryOperator<BufferedImage>> ways = new LinkedHashMap<>();
        ways.put("half the size", image -> Copies.scaled(image, 0.5));
        ways.put("a quarter of the size", image -> Copies.scaled(image, 0.25));
        ways.put("a tenth of the size", image -> Copies.scaled(image, 0.1));
        ways.put("JPEG of quality 70", image -> Copies.recompressed(image, 0.7));
        ways.put("JPEG of quality 20", image -> Copies.recompressed(image, 0.2));
        for (int percent : new int[] {1, 2, 5, 10, 20}) {
            ways.put("%d %% of width and height cut away".formatted(percent), image -> Copies.cropped(image, percent / 100.0));
        }
        Map<String, List<Integer>> found = new LinkedHashMap<>();
        List<Pdq> all = new ArrayList<>();
        for (Path photo : options.photos()) {
            BufferedImage image = Copies.sized(ImageIoReader.read(photo), MASTER_SIDE, MASTER_SIDE);
            Pdq own = Copies.hashed(image);
            all.add(own);
            ways.forEach((how, way) -> found.computeIfAbsent(how, h -> new ArrayList<>()).add(distance(own, Copies.hashed(way.apply(image)))));
        }
        List<Integer> others = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                others.add(distance(all.get(i), all.get(j)));
            }
        }
        found.put("another photograph, turned and mirrored in each way", others);
        System.out.printf("%nBits that differ from the photograph's own hash, the nearest of the eight%n%n| %d photographs | lowest | median | highest | within %d |%n|---|---|---|---|---|%n",
                all.size(), MOST);
        found.forEach((how, distances) -> System.out.printf("| %s | %d | %.0f | %d | %d of %d |%n", how, distances.stream().min(Integer::compare).orElse(0),
                Report.median(distances.stream().map(Integer::doubleValue).toList()), distances.stream().max(Integer::compare).orElse(0),
                distances.stream().filter(d -> d <= MOST).count(), distances.size()));
        report.add(Map.of("title", "Bits that differ from the photograph's own hash", "distances", found));
        changedCopies();
    }

    private void changedCopies() throws IOException {
        Path folder = options.photos().getFirst().resolveSibling("../pdq").normalize();
        if (!Files.isRegularFile(folder.resolve("aaa-orig.jpg"))) {
            KernelBench.leftOut("the changed copies of " + folder);
            return;
        }
        Pdq original = Copies.hashed(ImageIoReader.read(folder.resolve("aaa-orig.jpg")));
        Map<String, Integer> found = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> !f.endsWith("aaa-orig.jpg")).sorted().toList()) {
                found.put(file.getFileName().toString(), distance(original, Copies.hashed(ImageIoReader.read(file))));
            }
        }
        System.out.println("\nBits that differ from aaa-orig.jpg, the nearest of the eight\n\n| copy | bits |\n|---|---|");
        found.forEach((name, distance) -> System.out.printf("| %s | %d |%n", name, distance));
        report.add(Map.of("title", "Bits that differ from aaa-orig.jpg", "distances", found));
    }

    private static int distance(Pdq known, Pdq copy) {
        return copy.hashes().stream().mapToInt(known.hashes().getFirst()::distance).min().orElseThrow();
    }

    private PdqHash chance() {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    /** At most 31 bits away. */
    private PdqHash near(PdqHash hash) {
        long[] changed = {hash.first(), hash.second(), hash.third(), hash.fourth()};
        for (int i = random.nextInt(MOST + 1); i > 0; i--) {
            changed[random.nextInt(4)] ^= 1L << random.nextInt(64);
        }
        return new PdqHash(changed[0], changed[1], changed[2], changed[3]);
    }

    /** Seconds, of all threads. */
    private static double cpu(Runnable work) {
        long before = SYSTEM.getProcessCpuTime();
        work.run();
        return (SYSTEM.getProcessCpuTime() - before) / 1e9;
    }

    private static long memory() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

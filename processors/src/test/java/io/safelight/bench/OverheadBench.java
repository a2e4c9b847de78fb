package io.safelight.bench;

import static io.safelight.bench.KernelBench.inTurn;

import io.safelight.intake.Spool;
import io.safelight.it.SafelightClient;
import io.safelight.it.SafelightProcess;
import io.safelight.it.Scrape;
import io.safelight.it.TestImages;
import io.safelight.it.TraceCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** What being watched costs: CPU time with metrics and traces beside the same without them, and how many series there are the more strangers come. */
public final class OverheadBench implements AutoCloseable {
    private static final String WITH = "with metrics, scraped, and traces, sent";
    private static final String WITHOUT = "without either";
    private static final double BAR = 1.05;
    private static final int WARM_UPS = 12;
    private static final int TINY = 60;
    private static final int TINY_WARM_UPS = 3;
    /** As Prometheus asks unless told otherwise. */
    private static final Duration SCRAPED_EVERY = Duration.ofSeconds(15);
    private static final Duration TOLD_EVERY = Duration.ofSeconds(15);
    /** Uploads of strangers after which nearly everything has happened that can. */
    private static final int FIRST = 200;
    /** And what runs by itself has run, the last of it a minute after the start. */
    private static final double FIRST_SECONDS = 90;
    /** Meters, as for a status that nobody was answered before, and for the rare steps of routes. */
    private static final int LATE = 20;
    /** The collector's pauses have causes of which some are rare. */
    private static final String PAUSES = "jvm_gc";
    private static final Path FILES = Path.of("target/bench/overhead");

    private final Options options;
    private final Report report = new Report("overhead");
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private OverheadBench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args, 8);
        boolean bounded;
        try (OverheadBench bench = new OverheadBench(options)) {
            bounded = bench.run();
        }
        // clients leave threads behind
        System.exit(bounded ? 0 : 1);
    }

    /** @return false where strangers add to the series */
    private boolean run() throws Exception {
        Spool.delete(FILES);
        TraceCollector collector = begun(new TraceCollector());
        SafelightProcess with = safelight("overhead-with", Map.of("safelight.traces.endpoint", collector.address()));
        if (!options.only().equals(Options.SERIES)) {
            compare(with, safelight("overhead-without", Map.of("safelight.metrics.enabled", "false")));
            report.say("spans sent meanwhile", collector.count());
            if (collector.count() == 0) {
                throw new IllegalStateException("no span was sent, so nothing of traces was measured; the log is " + with.log());
            }
        }
        boolean bounded = options.only().equals(Options.CPU) || isBounded(with);
        report.write();
        return bounded;
    }

    private <T extends AutoCloseable> T begun(T one) {
        started.push(one);
        return one;
    }

    /** As a platform runs it, everything embedded; JPEG alone, as WebP and AVIF would take more of what is compared and hide the difference. */
    private SafelightProcess safelight(String name, Map<String, String> own) throws IOException {
        Map<String, String> settings = new HashMap<>(own);
        settings.putAll(Map.of("safelight.home", PipelineBench.jpegOnly(name + "-home").toString(), "safelight.sftp.uri", "off", "safelight.logs.json", "true", "safelight.upload.account-header", Strangers.ACCOUNT));
        SafelightProcess safelight = begun(SafelightProcess.prepare(name, settings));
        safelight.launch();
        safelight.awaitReady();
        return safelight;
    }

    // --- CPU

    private void compare(SafelightProcess with, SafelightProcess without) throws IOException {
        Set<String> told = Scrape.of(without.client()).keySet();
        if (!told.isEmpty()) {
            throw new IllegalStateException("without metrics there are some: " + told);
        }
        report.say("rounds", options.rounds());
        report.say("photographs", options.photos().size());
        try (ScheduledExecutorService prometheus = Executors.newSingleThreadScheduledExecutor()) {
            SafelightClient scraper = with.client();
            prometheus.scheduleAtFixedRate(() -> scraper.get("/q/metrics"), 0, SCRAPED_EVERY.toSeconds(), TimeUnit.SECONDS);
            compare("photographs", options.photos(), WARM_UPS, BAR, with, without);
            compare("tiny images", tiny(), TINY_WARM_UPS, null, with, without);
            prometheus.shutdownNow();
        }
    }

    private void compare(String what, List<Path> images, int warmUps, Double bar, SafelightProcess with, SafelightProcess without) {
        Map<String, Supplier<Double>> contenders = new LinkedHashMap<>();
        contenders.put(WITH, () -> cpuMillis(with, images));
        contenders.put(WITHOUT, () -> cpuMillis(without, images));
        for (int i = 0; i < warmUps; i++) {
            inTurn(contenders, i);
            System.out.println(what + ", warm-up " + (i + 1) + " done");
        }
        Report.Section section = Report.Section.lowerIsBetter("%d %s".formatted(images.size(), what), "CPU ms per image");
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            Map<String, Double> costs = inTurn(contenders, round);
            List.of(WITH, WITHOUT).forEach(name -> section.add(name, costs.get(name)));
            ratios.add(costs.get(WITH) / costs.get(WITHOUT));
            System.out.println(Report.format("%s, round %d: %.1f and %.1f, ratio %.3f", what, round + 1, costs.get(WITH), costs.get(WITHOUT), ratios.getLast()));
        }
        report.add(bar == null ? section : section.bar(WITHOUT, bar, null));
        report.say(what + ", with ÷ without", Report.format("%.3f, median of the rounds' own; %.3f to %.3f", Report.median(ratios),
                ratios.stream().min(Double::compare).orElseThrow(), ratios.stream().max(Double::compare).orElseThrow()));
    }

    private static double cpuMillis(SafelightProcess safelight, List<Path> images) {
        SafelightClient client = safelight.client();
        return Cost.of(images.size(), () -> Commands.cpuOf(safelight), () -> Clients.publish(images, client, client)).cpuMillisPerImage();
    }

    private static List<Path> tiny() throws IOException {
        List<Path> files = new ArrayList<>();
        Path folder = Files.createDirectories(FILES.resolve("tiny"));
        for (int i = 0; i < TINY; i++) {
            files.add(Files.write(folder.resolve(i + ".jpg"), TestImages.jpeg(i, 64, 48)));
        }
        return files;
    }

    // --- series

    private boolean isBounded(SafelightProcess safelight) throws InterruptedException {
        SafelightClient client = safelight.client();
        Strangers strangers = new Strangers(safelight);
        strangers.send(0, Math.min(FIRST, options.uploads()));
        Awaitility.await().atMost(Duration.ofSeconds((long) (2 * FIRST_SECONDS))).until(() -> Scrape.of(client).get("process_uptime_seconds{}") > FIRST_SECONDS);
        Set<String> first = Scrape.of(client).keySet();
        report.say("series after %d uploads".formatted(strangers.sent()), first.size());
        Map<Integer, Integer> course = new TreeMap<>();
        Thread rest = Thread.ofPlatform().start(() -> strangers.send(FIRST, options.uploads()));
        while (!rest.join(TOLD_EVERY)) {
            int sent = strangers.sent();
            course.put(sent, Scrape.of(client).size());
            System.out.println("%,d of %,d uploads, %d series".formatted(sent, options.uploads(), course.get(sent)));
        }
        if (strangers.sent() != options.uploads()) {
            throw new IllegalStateException("only %d uploads were sent; the log is %s".formatted(strangers.sent(), safelight.log()));
        }
        Set<String> last = Scrape.of(client).keySet();
        report.say("series after %d uploads".formatted(options.uploads()), last.size());
        report.say("uploads by how they were answered", strangers.answers());
        Set<String> added = new TreeSet<>(last);
        added.removeAll(first);
        Set<String> late = added.stream().filter(series -> !series.startsWith(PAUSES)).map(Scrape::meter).collect(Collectors.toCollection(TreeSet::new));
        report.say("series that were added", added.size());
        report.say("meters among them, without pauses of the collector", late);
        boolean bounded = late.size() <= LATE;
        report.say("bounded", Report.format("%s: %d more meters (at most %d)", bounded ? "yes" : "NO", late.size(), LATE));
        report.add(Map.of("title", "Series", "course", course, "first", first, "added", added));
        return bounded;
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }
}

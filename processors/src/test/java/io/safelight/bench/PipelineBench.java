package io.safelight.bench;

import static io.safelight.bench.KernelBench.inTurn;
import static io.safelight.bench.KernelBench.leftOut;
import static java.util.stream.Collectors.joining;

import io.safelight.bench.Job.Sized;
import io.safelight.config.VariantsFile;
import io.safelight.intake.Spool;
import io.safelight.it.SafelightClient;
import io.safelight.it.SafelightProcess;
import io.safelight.servers.PostgresServer;
import io.safelight.servers.RabbitMqServer;
import io.safelight.servers.S3Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opentest4j.TestAbortedException;

/** The whole application, from the upload to the last image published, beside loops and services that make the same files and nothing more. */
public final class PipelineBench implements AutoCloseable {
    private static final String EMBEDDED = "Safelight, with its broker, store and database";
    private static final String BESIDE = "Safelight alone, the servers beside it not counted";
    private static final String JPEG_ONLY = "Safelight, JPEG only, with its servers";
    private static final String LOOP = "sharp, a loop of calls, same files";
    private static final String ONCE = "sharp, decoded once, same files";
    private static final String SERVICE_PLAIN = "Thumbnailator behind HTTP, a call for each size, JPEG only";
    private static final String SERVICE_ONCE = "Thumbnailator behind HTTP, decoded once, JPEG only";
    /** Of each photograph in a pass: one that took a few seconds would be measured mostly while the pipeline fills and runs empty. */
    private static final int COPIES = 4;
    /** Passes of each JVM before anything is counted, and those after them that are told beside what it settles at: until then a JVM compiles a good deal. */
    private static final int WARM_UPS = 3;
    private static final int EARLY = 3;
    /** Some compile on for so long that it is not waited for. */
    private static final int MOST_WARM_UPS = 15;
    private static final Path SERVICE_FILES = Path.of("target/bench/out/service");

    private final Options options;
    private final List<Path> photos;
    private final Report report = new Report("pipeline");
    private final List<Sized> variants = VariantsFile.load(Path.of("config/variants.yaml")).stream().map(Sized::of).toList();
    private final Map<String, Supplier<Cost>> contenders = new LinkedHashMap<>();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private PipelineBench(Options options) {
        this.options = options;
        this.photos = Collections.nCopies(COPIES, options.photos()).stream().flatMap(List::stream).toList();
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args, 5);
        try (PipelineBench bench = new PipelineBench(options)) {
            bench.run();
        }
        // clients and servers leave threads behind
        System.exit(0);
    }

    private void run() throws Exception {
        report.say("rounds", options.rounds());
        report.say("photographs", "%d, each %d times a pass".formatted(options.photos().size(), COPIES));
        addSafelight(JPEG_ONLY, "bench-jpeg", Map.of("safelight.home", jpegOnly("bench-jpeg-home").toString()));
        if (!options.onlyJpeg()) {
            addAsShipped();
        }
        addService();
        List<Map<String, Cost>> early = warmUp();
        List<Map<String, Cost>> rounds = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            rounds.add(inTurn(contenders, round));
            System.out.println("round " + (round + 1) + " done");
        }
        tables("after %d images".formatted(WARM_UPS * photos.size()), early);
        tables("when warm", rounds);
        report.write();
    }

    /** Passes of each JVM until they no longer get cheaper; sharp compiles nothing. @return those that followed the first warm-ups, which everybody made */
    private List<Map<String, Cost>> warmUp() {
        Map<String, List<Double>> passes = new LinkedHashMap<>();
        contenders.keySet().forEach(name -> passes.put(name, new ArrayList<>()));
        List<Map<String, Cost>> early = new ArrayList<>();
        for (int pass = 0; pass < MOST_WARM_UPS; pass++) {
            boolean counted = pass >= WARM_UPS && pass < WARM_UPS + EARLY;
            Map<String, Supplier<Cost>> cold = new LinkedHashMap<>(contenders);
            if (!counted) {
                boolean all = pass < WARM_UPS;
                boolean first = pass == 0;
                cold.keySet().removeIf(name -> name.startsWith("sharp") ? !first : !all && Cost.settled(passes.get(name)));
            }
            if (cold.isEmpty()) {
                break;
            }
            Map<String, Cost> costs = inTurn(cold, pass);
            costs.forEach((name, cost) -> passes.get(name).add(cost.cpuMillisPerImage()));
            if (counted) {
                early.add(costs);
            }
            System.out.println("warm-up %d done%s".formatted(pass + 1, costs.entrySet().stream()
                    .map(one -> Report.format(", %s %.0f", one.getKey(), one.getValue().cpuMillisPerImage())).collect(joining())));
        }
        passes.forEach((name, costs) -> {
            if (!name.startsWith("sharp")) {
                report.say("warm-up of " + name, "%d passes%s".formatted(costs.size(), Cost.settled(costs) ? "" : ", still getting cheaper"));
            }
        });
        return early;
    }

    private void tables(String when, List<Map<String, Cost>> rounds) {
        table("JPEG, WebP and AVIF as shipped, " + when, rounds, EMBEDDED, 0.6, 0.8, LOOP, ONCE);
        table("JPEG, WebP and AVIF as shipped, " + when, rounds, BESIDE, 0.6, 0.8, LOOP, ONCE);
        table("JPEG, WebP and AVIF as shipped against JPEG alone, " + when, rounds, EMBEDDED, 3, null, SERVICE_PLAIN, SERVICE_ONCE);
        table("JPEG alone on both sides, " + when, rounds, JPEG_ONLY, 3, null, SERVICE_PLAIN, SERVICE_ONCE);
    }

    private void table(String title, List<Map<String, Cost>> rounds, String ours, double bar, Double aim, String... peers) {
        if (!contenders.containsKey(ours)) {
            return;
        }
        Map<String, Function<Cost, Double>> units = new LinkedHashMap<>();
        units.put("images per CPU second", Cost::imagesPerCpuSecond);
        units.put("images per second", Cost::imagesPerSecond);
        units.forEach((unit, figure) -> {
            Report.Section section = Report.Section.higherIsBetter(title, unit);
            List<String> who = new ArrayList<>(List.of(ours));
            who.addAll(List.of(peers));
            rounds.forEach(round -> who.forEach(one -> section.add(one, figure.apply(round.get(one)))));
            List.of(peers).forEach(peer -> section.bar(peer, bar, aim));
            report.add(section);
        });
    }

    private void addAsShipped() throws Exception {
        addSafelight(EMBEDDED, "bench-embedded", Map.of());
        try {
            addSafelight(BESIDE, "bench-beside", servers());
        } catch (TestAbortedException e) {
            leftOut("Safelight with servers beside it: a server");
        }
        addSharp();
    }

    // --- ours

    private void addSafelight(String name, String folder, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("safelight.sftp.uri", "off");
        SafelightProcess safelight = SafelightProcess.prepare(folder, all);
        started.push(safelight);
        safelight.launch();
        safelight.awaitReady();
        contenders.put(name, () -> {
            SafelightClient client = safelight.client();
            return Cost.of(photos.size(), () -> Commands.cpuOf(safelight), () -> Clients.publish(photos, client, client));
        });
    }

    /** A home whose variants are all JPEG. @param name of a folder under {@code target/it/} */
    static Path jpegOnly(String name) throws IOException {
        return SafelightProcess.home(name, "variants.yaml", variants -> variants.replaceAll("formats: \\[.*]", "formats: [jpeg]"));
    }

    private Map<String, String> servers() throws Exception {
        RabbitMqServer broker = RabbitMqServer.start();
        started.push(broker);
        PostgresServer database = PostgresServer.start();
        started.push(database);
        S3Server store = S3Server.start();
        started.push(store);
        broker.setUp("/");
        Map<String, String> settings = new HashMap<>(store.settings());
        settings.put("safelight.broker.uri", broker.uri());
        settings.put("safelight.database.url", database.url());
        settings.put("safelight.database.username", database.username());
        return settings;
    }

    // --- the others

    private void addSharp() {
        Peer sharp = Peer.sharp();
        started.push(sharp);
        report.say("sharp", sharp.versions);
        contenders.put(LOOP, () -> sharp.run(Job.of("loop", photos, variants).withMaster().inFlight(Clients.COUNT).with(KernelBench.SAME)));
        contenders.put(ONCE, () -> sharp.run(Job.of("once", photos, variants).withMaster().inFlight(Clients.COUNT).with(KernelBench.SAME)));
    }

    private void addService() throws IOException {
        Spool.delete(SERVICE_FILES);
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Djava.awt.headless=true",
                "-cp", System.getProperty("java.class.path"), ThumbnailatorService.class.getName(), SERVICE_FILES.toString()));
        variants.forEach(variant -> command.add(Integer.toString(variant.width())));
        Process service = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        started.push(service::destroy);
        BufferedReader said = service.inputReader();
        URI address = URI.create("http://127.0.0.1:" + said.readLine());
        HttpClient http = HttpClient.newHttpClient();
        Map.of(SERVICE_PLAIN, "/plain", SERVICE_ONCE, "/once").forEach((name, path) ->
                contenders.put(name, () -> Cost.of(photos.size(), () -> Commands.cpuOfTrees(service.pid()),
                        () -> Clients.upload(photos, photo -> post(http, address.resolve(path), photo)))));
    }

    private static String post(HttpClient http, URI address, Path photo) throws IOException, InterruptedException {
        int status = http.send(HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.ofByteArray(Files.readAllBytes(photo))).build(),
                HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status != 204) {
            throw new IllegalStateException("the service answered " + status + " to " + photo);
        }
        return photo.toString();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : started) {
            one.close();
        }
    }
}

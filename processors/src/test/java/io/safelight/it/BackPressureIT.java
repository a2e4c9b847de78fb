package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.State;
import io.safelight.transform.Samples;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What cannot be taken in is refused at once, in bounded memory, and taken again soon after the cause has gone. */
class BackPressureIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /** Part of the contract. */
    private static final Duration BACK_AFTER = Duration.ofSeconds(10);
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    private static final int MOST_IN_HAND = 20;
    private static final int CLIENTS = 200;
    private static final Random RANDOM = new Random(7);

    private static final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private static final AtomicInteger numbers = new AtomicInteger(30_000);
    private static final Heartbeat MACHINE = Heartbeat.start();
    private static Fleet fleet;
    private static Path disk;

    @BeforeAll
    static void start() throws Exception {
        fleet = Fleet.start("back-pressure", Map.of("ingress", Map.of("safelight.upload.max-concurrent", Integer.toString(MOST_IN_HAND),
                "JAVA_OPTS", "-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1")), BackPressureIT::mount);
    }

    @AfterAll
    static void end() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
        if (disk != null) {
            run("umount", disk.toString());
        }
    }

    /** Nothing half-written, and nothing that no row explains but originals, of which refused ones may be left. */
    @AfterEach
    void theStoreHoldsNothingThatNobodyExplains() {
        fleet.awaitPublished(acknowledged);
        SafelightClient metadata = fleet.process("metadata").client();
        Set<String> objects = fleet.store.storedObjects();
        Set<String> known = Stream.of(State.values()).flatMap(state -> metadata.idsIn(state).stream()).collect(Collectors.toSet());
        Set<String> unexplained = objects.stream().filter(object -> !object.contains("/raw/"))
                .filter(object -> known.stream().noneMatch(object::contains)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), unexplained);
        assertEquals(Set.of(), objects.stream().filter(object -> object.matches(".*/raw/.{36}.+")).collect(Collectors.toSet()));
    }

    @Test
    void whileTheBrokerHasAnAlarmUploadsAreRefusedAtOnceAndTakenAgainAfterIt() throws Exception {
        taken();
        broker("set_vm_memory_high_watermark", "0");
        List<Duration> refusals = new ArrayList<>();
        Duration first;
        try {
            Instant began = Instant.now();
            Awaitility.await("the first refusal").atMost(PATIENCE).until(() -> upload().statusCode() == 503);
            first = MACHINE.since(began);
            for (int i = 0; i < 20; i++) {
                refusals.add(refused("unavailable"));
            }
            assertTrue(metric("broker_alarm") == 1, "broker_alarm");
        } finally {
            broker("set_vm_memory_high_watermark", "0.4");
        }
        Duration back = awaitTaken();
        tell("broker's memory alarm: the first refusal after %d ms, the next %d answered 503 in at most %d ms each; uploads taken again %d ms after its end",
                first.toMillis(), refusals.size(), longest(refusals).toMillis(), back.toMillis());
        assertTrue(longest(refusals).compareTo(AT_ONCE) < 0, () -> "a refusal took " + longest(refusals));
    }

    @Test
    void whileTheStoreStandsStillNoMoreUploadsAreInHandThanAllowedAndTheRestAreRefusedAtOnce() throws Exception {
        byte[] large = noise();
        Queue<Duration> refusals = new ConcurrentLinkedQueue<>();
        Queue<Integer> later = new ConcurrentLinkedQueue<>();
        List<Thread> clients = new ArrayList<>();
        double heap;
        double inHand;
        try (var still = new Still(fleet.store.pid())) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    Instant began = Instant.now();
                    try {
                        HttpResponse<byte[]> answer = fleet.process("ingress").client().uploadRaw(large, "image/png");
                        if (answer.statusCode() == 503 && SafelightClient.json(answer).path("code").asText().equals("busy")) {
                            assertTrue(answer.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
                            refusals.add(MACHINE.since(began));
                        } else {
                            later.add(note(answer).statusCode());
                        }
                    } catch (UncheckedIOException e) {
                        later.add(0); // hung up on while it was still sending
                    }
                }));
            }
            Awaitility.await("all that are too many to be refused").atMost(PATIENCE).until(() -> refusals.size() + later.size() >= CLIENTS - MOST_IN_HAND);
            inHand = metric("uploads_in_hand");
            heap = metric("jvm_memory_used_bytes{area=\"heap\"");
        }
        Duration back = awaitTaken();
        for (Thread client : clients) {
            assertTrue(client.join(PATIENCE), "a client still waits for its answer");
        }
        tell("a store that stands still, %d clients with %d kB each: %.0f uploads in hand, %d refused in at most %d ms each, the others %s; "
                        + "%.0f MB of heap in use of 128 MB; uploads taken again %d ms after its end",
                CLIENTS, large.length / 1000, inHand, refusals.size(), longest(refusals).toMillis(), later.stream().collect(Collectors.groupingBy(s -> s, Collectors.counting())),
                heap / 1e6, back.toMillis());
        assertTrue(inHand <= MOST_IN_HAND, () -> inHand + " in hand");
        assertTrue(fleet.process("ingress").logLines().stream().noneMatch(line -> line.contains("OutOfMemoryError")));
    }

    @Test
    void whileTheDiskOfTheStoreIsFullUploadsAreRefusedAndNothingHalfWrittenIsLeft() throws Exception {
        if (disk == null) {
            String message = "SKIPPED: a small disk for the store could not be mounted; run this test as root";
            System.err.println(message);
            Assumptions.abort(message);
        }
        taken();
        fleet.awaitPublished(acknowledged);
        Set<String> before = fleet.store.storedObjects();
        Path filler = disk.resolve("filler");
        List<Duration> refusals = new ArrayList<>();
        try {
            try (var file = Files.newOutputStream(filler)) {
                byte[] block = new byte[1 << 20];
                for (long left = disk.toFile().getUsableSpace() - (1 << 19); left > 0; left -= block.length) {
                    file.write(block, 0, (int) Math.min(left, block.length));
                }
            }
            for (int i = 0; i < 5; i++) {
                refusals.add(refused("unavailable"));
            }
            assertEquals(before, fleet.store.storedObjects());
        } finally {
            Files.delete(filler);
        }
        Duration back = awaitTaken();
        tell("full disk of the store: %d uploads answered 503 in at most %d ms each, nothing left of them; uploads taken again %d ms after its end",
                refusals.size(), longest(refusals).toMillis(), back.toMillis());
        assertTrue(longest(refusals).compareTo(AT_ONCE) < 0, () -> "a refusal took " + longest(refusals));
    }

    private static void mount(Path data) {
        if (run("mount", "-t", "tmpfs", "-o", "size=512m,mode=700", "safelight-test", data.toString()) == 0) {
            disk = data;
        }
    }

    private static int run(String... command) {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException e) {
            return -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    private static void broker(String... command) throws Exception {
        fleet.broker.control(command);
    }

    private static HttpResponse<byte[]> upload() {
        return note(fleet.process("ingress").client().uploadRaw(TestImages.jpeg(numbers.getAndIncrement(), 96, 64), "image/jpeg"));
    }

    private static HttpResponse<byte[]> note(HttpResponse<byte[]> answer) {
        if (answer.statusCode() == 202) {
            acknowledged.add(SafelightClient.json(answer).at("/images/0/id").asText());
        }
        return answer;
    }

    private static void taken() {
        HttpResponse<byte[]> answer = upload();
        assertEquals(202, answer.statusCode(), () -> SafelightClient.text(answer));
    }

    private static Duration refused(String code) {
        Instant began = Instant.now();
        HttpResponse<byte[]> answer = upload();
        Duration took = MACHINE.since(began);
        assertEquals(503, answer.statusCode(), () -> SafelightClient.text(answer));
        assertEquals(code, SafelightClient.json(answer).path("code").asText());
        assertTrue(answer.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
        return took;
    }

    private static Duration awaitTaken() {
        Instant began = Instant.now();
        Awaitility.await("uploads to be taken again").atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> upload().statusCode() == 202);
        Duration back = MACHINE.since(began);
        assertTrue(back.compareTo(BACK_AFTER) < 0, () -> "uploads were taken again after " + back);
        return back;
    }

    private static Duration longest(Iterable<Duration> all) {
        Duration longest = Duration.ZERO;
        for (Duration one : all) {
            longest = one.compareTo(longest) > 0 ? one : longest;
        }
        return longest;
    }

    /** The sum of a metric of the ingress over all its labels. */
    private static double metric(String name) {
        return SafelightClient.text(fleet.process("ingress").client().get("/q/metrics")).lines()
                .filter(line -> line.startsWith(name)).mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).sum();
    }

    /** About a megabyte. */
    private static byte[] noise() {
        BufferedImage image = new BufferedImage(600, 600, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 600 * 600; i++) {
            image.setRGB(i % 600, i / 600, RANDOM.nextInt(1 << 24));
        }
        return Samples.encoded(image, "png");
    }

    private static void tell(String format, Object... figures) {
        System.out.printf("BackPressureIT: " + format + "%n", figures);
    }
}

package io.safelight.routes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.DroppedFiles;
import io.safelight.camel.Leases;
import io.safelight.camel.RestWhileRefusing;
import io.safelight.config.DerivedKey;
import io.safelight.config.SafelightConfig;
import io.safelight.servers.SftpServer;
import io.safelight.store.Keys;
import io.safelight.store.Stored;
import io.safelight.testing.LogLines;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.transform.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A real SFTP server, in this process; what partners do there is done in its folder. The intake is in the file of the other way in. */
class SftpRouteTest extends HttpRouteTest {
    private static final Instant WHILE_AGO = Instant.parse("2026-01-02T03:04:05Z");

    /** What makes a dropped file complete: the property minAge of sftp-source. */
    private static final Duration LEFT_ALONE = Duration.ofSeconds(3);

    /** All that means something in an address. */
    private static final String PASSWORD = "p&q=1%2b+#?/@:(RAW)";

    private static SftpServer server;
    private static volatile boolean lost;
    private static final AtomicInteger ASKED = new AtomicInteger();
    private int count;

    SftpRouteTest() throws IOException {
        super(settings(), "ingress/sftp", "ingress/upload");
    }

    private static Map<String, String> settings() throws IOException {
        server = SftpServer.start(PASSWORD);
        Map<String, String> settings = new HashMap<>(server.settings());
        settings.put("safelight.sftp.delay", "100ms");
        settings.put("safelight.leases", "kubernetes");
        settings.put(DerivedKey.SFTP_ADDRESS.key(), settings.get("safelight.sftp.uri").substring("sftp://".length()));
        return settings;
    }

    @Override
    void bind(Registry registry) {
        registry.bind("uploads", uploads());
        registry.bind("droppedFiles", new DroppedFiles());
    }

    @Override
    Leases leases(CamelContext camel) {
        Leases leases = new AsTold(camel, config);
        camel.getRegistry().bind("restWhileRefusing", new RestWhileRefusing(admission, leases));
        return leases;
    }

    /** Held until a test says that it is lost. */
    public static final class AsTold extends Leases {
        private AsTold(CamelContext camel, SafelightConfig config) {
            super(camel, config, new SimpleMeterRegistry());
        }

        @Override
        public boolean held(String lease) {
            assertEquals("sftp", lease);
            ASKED.incrementAndGet();
            return !lost;
        }
    }

    @AfterEach
    void holdAgain() {
        lost = false;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Complete, under its name all at once. */
    private Path drop(String name, byte[] bytes) {
        try {
            Path whole = Files.write(Files.createTempFile(server.root().getParent(), "drop", ""), bytes);
            Files.setLastModifiedTime(whole, FileTime.from(WHILE_AGO.plusSeconds(++count)));
            return Files.move(whole, server.root().resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] photo(int width) {
        return Samples.encoded(Samples.quarters(width, 100), "jpeg");
    }

    private Path moved(String folder, String name) {
        Path file = server.root().resolve(folder).resolve(name);
        Awaitility.await(name + " in " + folder).until(() -> Files.exists(file));
        return file;
    }

    @Test
    void aDroppedFileIsStoredAndAnnouncedAndThenMovedToDone() throws Exception {
        byte[] photo = photo(111);
        Path dropped = drop("photo.jpg", photo);

        Path done = moved(".done", "photo.jpg");

        assertFalse(Files.exists(dropped));
        assertEquals(Studio.sha256(photo), Studio.sha256(Files.readAllBytes(done)));
        JsonNode event = assertEvent("image.accepted", published());
        assertEquals("photo.jpg", event.at("/fact/name").asText());
        assertEquals(config.sftp().uri(), event.at("/fact/source").asText());
        assertEquals(Studio.sha256(photo), event.get("sha256").asText());
        UUID id = UUID.fromString(event.get("id").asText());
        Stored stored = hidden.head(Keys.raw(id)).orElseThrow();
        assertEquals(Map.of("content-type", "image/jpeg", "name", "photo.jpg", "origin", config.sftp().uri(), "sha256", Studio.sha256(photo),
                        "transform-state", "original"),
                stored.metadata());
        assertEquals(steps("upload-sftp", "begin", "receive", "take-in"), story().subList(0, 3));
        assertEquals(steps("upload-sftp", "decide", "outcome"), story().subList(story().size() - 2, story().size()));
    }

    @Test
    void aFileThatIsRefusedIsMovedToFailedWithTheReasonBesideIt() throws Exception {
        drop("words.jpg", "only words".getBytes(UTF_8));

        moved(".failed", "words.jpg");

        JsonNode problem = tree(Files.readAllBytes(moved(".failed", "words.jpg.problem.json")));
        assertEquals("unsupported-type", problem.get("code").asText());
        assertEquals(415, problem.get("status").asInt());
        assertEquals("upload-sftp-reason", story().getLast());
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aFileTheStoreOrTheBrokerDoesNotTakeStaysWhereItIsUntilTheyDo() throws Exception {
        byte[] photo = photo(222);
        TestStore.refuse = key -> key.startsWith("raw/");
        Path dropped;
        try (LogLines log = new LogLines()) {
            dropped = drop("later.jpg", photo);
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> log.stream().filter(line -> line.contains("A dropped file stays in the drop folder")).count() > 1);
            assertEquals(List.of(), log.errors().toList(), "it is told with a line, as it will be tried again");
        }

        broker.answer(publication -> TestBroker.Answer.REFUSE);
        TestStore.refuse = key -> false;
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !broker.attempted().isEmpty());
        String first = tree(broker.attempted().getFirst().message()).get("id").asText();
        assertTrue(Files.exists(dropped), "not acknowledged before it is confirmed");
        assertEquals(List.of(), broker.published());

        broker.answer(publication -> TestBroker.Answer.CONFIRM);
        moved(".done", "later.jpg");
        assertFalse(Files.exists(dropped));
        assertEquals(first, assertEvent("image.accepted", published()).get("id").asText(), "the same file is the same image");
        assertEquals(1, keys(hidden, Keys.raw(UUID.fromString(first))).size());
    }

    @Test
    void whoDoesNotHoldTheLeaseDoesNotLook() {
        lost = true;
        Path dropped = drop("others.jpg", photo(333));
        int before = ASKED.get();
        Awaitility.await().until(() -> ASKED.get() > before + 5);
        assertTrue(Files.exists(dropped));
        assertEquals(List.of(), broker.attempted());

        lost = false;
        moved(".done", "others.jpg");
    }

    @Test
    void aFileInHandWhenTheLeaseIsLostIsTakenInAndLeftForTheNextHolderToMoveAndNoFurtherOneIsBegun() {
        TestStore.refuse = key -> {
            lost = true;
            return false;
        };
        Path one = drop("in-hand-1.jpg", photo(444));
        Path two = drop("in-hand-2.jpg", photo(555));
        Awaitility.await().until(() -> !broker.published().isEmpty());
        int before = ASKED.get();
        Awaitility.await().until(() -> ASKED.get() > before + 5);
        assertTrue(Files.exists(one) && Files.exists(two), "who holds the lease may be looking at it");
        assertEquals(1, broker.published().size());
        String first = tree(broker.published().getFirst().message()).get("id").asText();

        TestStore.refuse = key -> false;
        lost = false;
        moved(".done", "in-hand-1.jpg");
        moved(".done", "in-hand-2.jpg");
        Set<String> ids = broker.published().stream().map(p -> tree(p.message()).get("id").asText()).collect(Collectors.toSet());
        assertEquals(2, ids.size(), "taken twice it is the same image");
        assertTrue(ids.contains(first));
    }

    @Test
    void aFileThatCannotBeMovedIsToldWithoutItsName() throws Exception {
        Path done = server.root().resolve(".done");
        Path aside = server.root().resolveSibling("done");
        Files.createDirectories(done);
        Files.move(done, aside);
        Files.createFile(done);
        try (LogLines log = new LogLines()) {
            drop("aunt-mary.jpg", photo(15));
            Awaitility.await().until(() -> log.stream().anyMatch(line -> line.contains("A dropped file could not be worked on")));
            assertTrue(log.stream().noneMatch(line -> line.contains("aunt-mary")), () -> log.stream().toList().toString());
        }
        Files.delete(done);
        Files.move(aside, done);
        moved(".done", "aunt-mary.jpg");
    }

    @Test
    void aFileThatStillGrowsIsNotTakenWhateverTheServersClockSaysAndStopsNoOther() throws Exception {
        byte[] whole = photo(666);
        Map<Path, Instant> growing = Map.of(server.root().resolve("behind.jpg"), Instant.now().minus(Duration.ofHours(1)),
                server.root().resolve("ahead.jpg"), Instant.now().plus(Duration.ofHours(1)));
        Path other = server.root().resolve(".done").resolve("other.jpg");
        int[] length = {0};
        Instant[] written = {Instant.now()};
        Awaitility.await("a file dropped later to be taken first").pollInterval(Duration.ofMillis(50)).until(() -> {
            for (var file : growing.entrySet()) {
                Files.write(file.getKey(), new byte[] {whole[length[0]]}, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                Files.setLastModifiedTime(file.getKey(), FileTime.from(file.getValue()));
            }
            Duration pause = Duration.between(written[0], Instant.now());
            Assumptions.assumeTrue(pause.compareTo(LEFT_ALONE) < 0, () -> "SKIPPED, NOT TESTED: the machine stood still for "
                    + pause + ", after which a file counts as complete");
            written[0] = Instant.now();
            if (length[0]++ == 0) {
                drop("other.jpg", photo(777));
            }
            return Files.exists(other);
        });
        for (Path file : growing.keySet()) {
            assertEquals(length[0], Files.size(file));
            assertFalse(Files.exists(server.root().resolve(".failed").resolve(file.getFileName())));
        }
        assertEquals(1, broker.published().size());

        for (Path file : growing.keySet()) {
            Files.write(file, Arrays.copyOfRange(whole, length[0], whole.length), StandardOpenOption.APPEND);
            Files.setLastModifiedTime(file, FileTime.from(growing.get(file)));
        }
        for (Path file : growing.keySet()) {
            assertArrayEquals(whole, Files.readAllBytes(moved(".done", file.getFileName().toString())));
        }
    }

    @Test
    void anEmptyFileIsRefused() throws Exception {
        drop("empty.jpg", new byte[0]);

        moved(".failed", "empty.jpg");

        assertEquals("empty-body", tree(Files.readAllBytes(moved(".failed", "empty.jpg.problem.json"))).get("code").asText());
    }

    @Test
    void aFileWhoseNameIsAPatternIsLeftAloneAndNothingThatItMeansIsDeleted() throws Exception {
        List<Path> patterns = Stream.of("street-?.jpg", "*.jpg", "back\\slash.jpg", "two\nlines?.jpg").map(name -> drop(name, photo(31))).toList();
        drop("street-1.jpg", photo(32));
        drop("brackets[1].jpg", photo(33));
        Path before = moved(".done", "street-1.jpg");
        Path brackets = moved(".done", "brackets[1].jpg");

        drop("street-2.jpg", photo(34));
        moved(".done", "street-2.jpg");

        assertTrue(patterns.stream().allMatch(Files::exists));
        assertTrue(Files.exists(before) && Files.exists(brackets));
        assertEquals(3, broker.published().size());
        for (Path pattern : patterns) {
            Files.delete(pattern);
        }
    }

    @Test
    void oneLookTakesManyFilesAndNoHalfOnes() throws Exception {
        drop("a.jpg", photo(11));
        drop("b.jpg", photo(12));
        drop("half.jpg.part", photo(13));
        drop(".hidden.jpg", photo(14));

        moved(".done", "a.jpg");
        moved(".done", "b.jpg");

        assertEquals(2, broker.published().size());
        assertTrue(Files.exists(server.root().resolve("half.jpg.part")));
        assertTrue(Files.exists(server.root().resolve(".hidden.jpg")));
    }
}

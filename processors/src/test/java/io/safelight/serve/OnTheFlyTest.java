package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.app.EngineRenderer;
import io.safelight.decode.PixelDecoder;
import io.safelight.decode.Pixels;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import io.safelight.serve.Server.Answer;
import io.safelight.serve.Server.Found;
import io.safelight.serve.Server.NotModified;
import io.safelight.serve.Server.Request;
import io.safelight.store.ObjectStore;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Samples;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server makes of a source, with a real engine. */
class OnTheFlyTest {
    private static final Instant NOW = Instant.parse("2025-06-01T12:00:00Z");
    private static final Path WATERMARKS = Path.of("config/watermarks");
    private static final ImageEngine ENGINE = open("auto");
    private static final AllowList ALLOWED = new AllowList(List.of("resize", "crop", "rotate", "flip", "filter", "trim"), List.of("64", "120", "240"));
    private static final byte[] PORTRAIT = Samples.encoded(Samples.quarters(300, 900), "jpeg");
    private static final byte[] SOURCE = Samples.encoded(Samples.quarters(400, 300), "jpeg");

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger renderings = new AtomicInteger();
    private final UUID id = Ids.timeOrdered();
    private final ObjectStore bucket = TestStore.newBucket();
    private Server server;

    private static ImageEngine open(String name) {
        return Engines.open(name, Optional.empty(), Path.of(".native"), WATERMARKS);
    }

    @BeforeEach
    void start() {
        server = server(new Counted(new EngineRenderer(() -> ENGINE, WATERMARKS), () -> { }), List.of());
    }

    private Server server(Renderer renderer, List<String> keys) {
        return server(new OnTheFly(renderer, ALLOWED, 2), keys);
    }

    private Server server(OnTheFly onTheFly, List<String> keys) {
        return new Server(bucket, new Links(keys, Duration.ofHours(1)), folder.resolve("cache"), 10_000_000, Duration.ofSeconds(1),
                Duration.ofSeconds(60), Optional.of(onTheFly), ServeListener.NOBODY, nanos::get);
    }

    /** @param before each rendering */
    private final class Counted implements Renderer {
        private final Renderer renderer;
        private final Runnable before;

        Counted(Renderer renderer, Runnable before) {
            this.renderer = renderer;
            this.before = before;
        }

        @Override
        public String revision(Chain chain) {
            return renderer.revision(chain);
        }

        @Override
        public Set<Format> writes() {
            return renderer.writes();
        }

        @Override
        public Optional<String> cannot(Op op) {
            return renderer.cannot(op);
        }

        @Override
        public Path make(Path source, Format format, VariantSpec wanted, Path made) {
            renderings.incrementAndGet();
            before.run();
            return renderer.make(source, format, wanted, made);
        }
    }

    @Test
    void operationsAreDoneToTheSource() throws Exception {
        publish();
        Found found = (Found) server.serve(request("resize:width=120,height=120,fit=crop+filter:grayscale+format:png+quality:70"));
        assertEquals("image/png", found.contentType());
        assertEquals(Duration.ofSeconds(60), found.maxAge());
        byte[] body = body(found);
        assertEquals(body.length, found.bytes());
        Pixels made = decode(body, "png");
        assertEquals(List.of(120, 120), List.of(made.width(), made.height()));
        int corner = made.rgb(5, 5);
        assertEquals(corner >> 16 & 0xff, corner & 0xff, "red has become gray");
    }

    @Test
    void aPictureIsMadeOnceForManyRequestsAndForEveryWayOfWritingTheSame() throws Exception {
        publish();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<byte[]> reader = () -> body(server.serve(request("resize:width=120+format:png")));
            List<byte[]> bodies = new ArrayList<>();
            for (var answer : threads.invokeAll(IntStream.range(0, 64).mapToObj(i -> reader).toList())) {
                bodies.add(answer.get());
            }
            bodies.forEach(body -> assertArrayEquals(bodies.getFirst(), body));
        }
        body(server.serve(request("format:png+resize:120,fit=fit")));
        assertEquals(1, renderings.get());
        body(server.serve(request("resize:width=64+format:png")));
        body(server.serve(request("resize:width=120+format:jpeg")));
        body(server.serve(request("resize:width=120+format:jpeg+quality:60")));
        assertEquals(4, renderings.get());
        try (Stream<Path> left = Files.list(folder.resolve("cache"))) {
            assertEquals(4, left.count(), "the pictures and nothing of the work on them");
        }
    }

    @Test
    void aClientThatHasItIsToldSoAndNothingIsMade() throws Exception {
        publish();
        String etag = server.serve(request("resize:width=120+format:png")).etag();
        renderings.set(0);
        Server restarted = server(new Counted(new EngineRenderer(() -> ENGINE, WATERMARKS), () -> { }), List.of());
        assertInstanceOf(NotModified.class, restarted.serve(new Request(id, "resize:width=120+format:png", null, null, etag, null, null, null, NOW)));
        assertEquals(0, renderings.get());
        assertNotEquals(etag, restarted.serve(request("resize:width=120+format:jpeg")).etag());
    }

    @Test
    void theFormatIsTheClientsUnlessTheLinkNamesOne() {
        publish();
        assertEquals("image/jpeg", type("resize:120", null, "*/*"));
        assertEquals("image/png", type("resize:120", null, "image/png,image/jpeg;q=0.5"));
        assertEquals("image/png", type("resize:120", "png", "image/jpeg"));
        assertEquals("image/png", type("resize:120+format:png", "jpeg", "image/jpeg"));
        for (Format format : ENGINE.writes()) {
            assertEquals(format.contentType(), type("resize:120", null, format.contentType()));
        }
        assertRefused(Code.NOT_ACCEPTABLE, new Request(id, "resize:120", null, "image/gif", null, null, null, null, NOW));
    }

    private String type(String chain, String format, String accept) {
        return ((Found) server.serve(new Request(id, chain, format, accept, null, null, null, null, NOW))).contentType();
    }

    @Test
    void aFormatThatTheEngineDoesNotWriteIsRefused() {
        publish();
        Server plain = server(new EngineRenderer(() -> open("thumbnailator"), WATERMARKS), List.of());
        Rejected refused = assertThrows(Rejected.class, () -> plain.serve(request("resize:120+format:avif")));
        assertEquals(Code.NOT_ACCEPTABLE, refused.code());
        assertEquals("The variant is available as image/jpeg, image/png. Accept one of these.", refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            watermark:text=mine        | 'watermark' may not be asked for; the operations are resize, crop, rotate, flip, filter, trim.
            resize:width=121           | 121 pixels may be asked for in a signed link only; without a signature use one of 64, 120, 240.
            resize:width=120,height=99 | 99 pixels may be asked for in a signed link only; without a signature use one of 64, 120, 240.
            crop:width=64,height=1     | 1 pixels may be asked for in a signed link only; without a signature use one of 64, 120, 240.
            filter:sepia+filter:blur   | One filter may be asked for; a signed link may ask for more.
            filter:blur,sigma=10.1     | sigma may be up to 10, in steps of 0.1; a signed link may ask for more.
            filter:blur,sigma=2.25     | sigma may be up to 10, in steps of 0.1; a signed link may ask for more.
            rotate:45+rotate:30        | Turn by no more than one angle that is not a multiple of 90.
            zoom:2                     | The image has no variant of this name, and as operations it cannot be read: there is no operation 'zoom'; use one of [resize, crop, rotate, flip, watermark, filter, background, trim].
            resize                     | The image has no variant of this name, and as operations it cannot be read: resize needs 'width' or 'height'.
            resize:120+quality:0       | The image has no variant of this name, and as operations it cannot be read: quality takes a whole number from 1 to 100, not '0'.
            """)
    void whatMayNotBeAskedForIsToldWithWhatMay(String chain, String sentence) {
        publish();
        Rejected refused = assertThrows(Rejected.class, () -> server.serve(request(chain)));
        assertEquals(Code.BAD_PARAMETER, refused.code());
        assertEquals(sentence, refused.getMessage());
        assertEquals(0, renderings.get());
    }

    @Test
    void whatTheEngineCannotDoIsToldWithTheReason() {
        publish();
        Server plain = server(new EngineRenderer(() -> open("thumbnailator"), WATERMARKS), List.of());
        Rejected refused = assertThrows(Rejected.class, () -> plain.serve(request("resize:width=64,height=64,fit=crop,gravity=attention")));
        assertEquals(Code.BAD_PARAMETER, refused.code());
        assertTrue(refused.getMessage().endsWith(" cannot be done here: gravity=attention needs libvips."), refused.getMessage());
    }

    @Test
    void aWatermarkThatIsNotThereIsNothingThatCanBeDone() {
        Renderer renderer = new EngineRenderer(() -> ENGINE, WATERMARKS);
        assertEquals(Optional.of("there is no watermark nope.png"), renderer.cannot(Chain.parse("watermark:image=nope.png").ops().getFirst()));
        assertEquals(Optional.empty(), renderer.cannot(Chain.parse("watermark:image=example.png").ops().getFirst()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"format:png", "trim+format:png", "flip:horizontal+format:png"})
    void withoutASignatureNothingIsLargerThanTheLargestSize(String chain) throws Exception {
        publish();
        assertEquals(240, decode(body(server.serve(request(chain))), "png").width());
    }

    @Test
    void withoutASignatureAFilterIsOneAndOfAnOrdinaryRadius() throws Exception {
        publish();
        for (String chain : List.of("resize:64+filter:blur,sigma=0.3+format:png", "filter:blur,sigma=2.7+resize:64+format:png", "resize:64+filter:sharpen,sigma=10+format:png")) {
            assertEquals(64, decode(body(server.serve(request(chain))), "png").width(), chain);
        }
    }

    /** The source is 300 pixels wide here and 900 high; 240 is the largest size. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resize:width=240                               | 80  | 240
            resize:height=240                              | 80  | 240
            resize:width=64                                | 64  | 192
            resize:width=240,height=64,fit=cover           | 80  | 240
            resize:width=240,height=240,fit=fill+rotate:45 | 240 | 240
            crop:width=240,height=240+rotate:45+flip:vertical | 240 | 240
            crop:width=240,height=240+rotate:45+crop:width=240,height=64 | 240 | 64
            rotate:90                                      | 240 | 80
            """)
    void withoutASignatureNothingIsLargerThanTheLargestSizeOnEitherSide(String chain, int width, int height) throws Exception {
        publish("thumb", PORTRAIT, 300, 900);
        Pixels made = decode(body(server.serve(request(chain + "+format:png"))), "png");
        assertEquals(List.of(width, height), List.of(made.width(), made.height()));
    }

    @Test
    void anotherMarkUnderTheSameNameMakesAnotherPicture() throws Exception {
        Path marks = Files.createDirectory(folder.resolve("marks"));
        publish();
        ImageEngine engine = Engines.open("auto", Optional.empty(), Path.of(".native"), marks);
        AllowList allowed = new AllowList(List.of("resize", "watermark"), List.of("120"));
        Server marking = server(new OnTheFly(new Counted(new EngineRenderer(() -> engine, marks), () -> { }), allowed, 1), List.of());
        Request request = request("resize:120+watermark:image=logo.png,opacity=1,width=100+format:png");
        Files.write(marks.resolve("logo.png"), Samples.encoded(Samples.quarters(40, 30), "png"));
        Answer first = marking.serve(request);
        body(first);
        assertEquals(first.etag(), marking.serve(request).etag());

        Files.write(marks.resolve("logo.png"), Samples.encoded(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), "png"));

        Answer second = marking.serve(request);
        assertNotEquals(first.etag(), second.etag());
        assertEquals(0, decode(body(second), "png").rgb(60, 45), "black all over");
        assertEquals(2, renderings.get());
    }

    @Test
    void aSignedLinkMayAskForAnySizeAndIsForItsOperationsAlone() throws Exception {
        publish();
        List<String> keys = List.of("k:a-secret-of-some-length");
        Server signed = server(new EngineRenderer(() -> ENGINE, WATERMARKS), keys);
        String[] q = new Links(keys, Duration.ofHours(1)).sign(Links.path(id, "resize:width=333+format:png"), NOW.plusSeconds(20)).split("[=&]");

        Answer answer = signed.serve(new Request(id, "resize:width=333+format:png", null, null, null, q[1], q[3], q[5], NOW));

        assertEquals(Duration.ofSeconds(20), answer.maxAge());
        assertEquals(333, decode(body(answer), "png").width());
        for (String other : List.of("resize:width=334+format:png", "format:png+resize:width=333", "thumb")) {
            assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class,
                    () -> signed.serve(new Request(id, other, null, null, null, q[1], q[3], q[5], NOW))).code());
        }
    }

    @Test
    void nothingIsMadeOfWhatIsNotPublishedOrNotAnyMore() throws Exception {
        assertRefused(Code.NOT_FOUND, request("resize:120"));
        publish();
        body(server.serve(request("resize:120")));
        write(Manifest.tombstone(id, NOW));
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertRefused(Code.WITHDRAWN, request("resize:120"));
        assertRefused(Code.WITHDRAWN, request("resize:64"));
    }

    @Test
    void anImageWithdrawnAMomentAgoIsGoneWhenItsSourceIsMissed() {
        publish();
        server.serve(request("thumb"));
        bucket.delete(manifest().source().orElseThrow().key());
        write(Manifest.tombstone(id, NOW));
        assertRefused(Code.WITHDRAWN, request("resize:120"));
    }

    @Test
    void bytesThatAreNotTheOnesThatWerePublishedAreNeverTheSource() {
        publish();
        bucket.put(manifest().source().orElseThrow().key(), Samples.encoded(Samples.quarters(40, 30), "jpeg"), "image/jpeg");
        assertThrows(Fault.class, () -> server.serve(request("resize:64")));
        assertEquals(0, renderings.get());
    }

    @Test
    void anImageWithoutASourceHasItsVariantsOnly() throws Exception {
        publish();
        Manifest whole = manifest();
        write(new Manifest(1, id, 0, NOW, null, null, null, whole.variants().stream().filter(v -> v.name().equals("thumb")).toList()));
        assertEquals("thumb", new String(body(server.serve(request("thumb")))));
        Rejected refused = assertThrows(Rejected.class, () -> server.serve(request("resize:120")));
        assertEquals(Code.NOT_FOUND, refused.code());
        assertEquals("The image was published without a source, so nothing can be made of it; ask for one of its variants.", refused.getMessage());
    }

    @Test
    void theSourceItselfIsNobodysAndIsNotNamed() {
        publish();
        for (String name : List.of("source", "master", "manifest", "poster")) {
            Rejected refused = assertThrows(Rejected.class, () -> server.serve(request(name)));
            assertEquals(Code.NOT_FOUND, refused.code());
            assertEquals("The image has no variant of this name. It has: thumb.", refused.getMessage());
        }
    }

    @Test
    void aVariantThatIsNamedLikeAnOperationIsServedAsTheVariant() throws Exception {
        publish("trim");
        assertEquals("trim", new String(body(server.serve(request("trim")))));
        assertEquals(0, renderings.get());
    }

    @Test
    void whereTooManyWaitTheNextIsToldToComeAgain() throws Exception {
        publish();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Renderer slow = new Counted(new EngineRenderer(() -> ENGINE, WATERMARKS), () -> {
            started.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Server busy = server(new OnTheFly(slow, ALLOWED, new Turns(1, 0)), List.of());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> body(busy.serve(request("resize:120"))));
            started.await();
            assertEquals(Code.BUSY, assertThrows(Unavailable.class, () -> busy.serve(request("resize:64"))).code());
            assertEquals("thumb", new String(body(busy.serve(request("thumb")))), "variants wait for nobody");
            go.countDown();
            assertTrue(first.get().length > 0);
        }
        assertTrue(body(busy.serve(request("resize:64"))).length > 0);
    }

    // ----

    private Manifest manifest() {
        return manifest("thumb");
    }

    private Manifest manifest(String name) {
        return manifest(name, SOURCE, 400, 300);
    }

    private Manifest manifest(String name, byte[] source, int width, int height) {
        byte[] pixels = name.getBytes();
        String sha256 = Studio.sha256(pixels);
        return Manifest.of(id, NOW, List.of(
                new Variant(name, Format.JPEG, 16, 12, pixels.length, sha256, Variant.stagingKey(id, name, sha256, Format.JPEG)),
                Variant.source(id, Format.JPEG, width, height, source.length, Studio.sha256(source))));
    }

    private void publish() {
        publish("thumb");
    }

    private void publish(String name) {
        publish(name, SOURCE, 400, 300);
    }

    private void publish(String name, byte[] source, int width, int height) {
        Manifest manifest = manifest(name, source, width, height);
        bucket.put(manifest.variants().getFirst().key(), name.getBytes(), "image/jpeg");
        bucket.put(manifest.variants().getLast().key(), source, "image/jpeg");
        write(manifest);
    }

    private void write(Manifest manifest) {
        try {
            bucket.put(Manifest.key(id), Json.MAPPER.writeValueAsBytes(manifest), "application/json");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Request request(String chain) {
        return new Request(id, chain, null, null, null, null, null, null, NOW);
    }

    private void assertRefused(Code code, Request request) {
        assertEquals(code, assertThrows(Rejected.class, () -> server.serve(request)).code());
    }

    private Pixels decode(byte[] bytes, String extension) {
        return ((PixelDecoder) ENGINE).decode(Samples.file(folder, UUID.randomUUID() + "." + extension, bytes));
    }

    private static byte[] body(Answer answer) throws Exception {
        try (InputStream body = ((Found) answer).body()) {
            return body.readAllBytes();
        }
    }
}

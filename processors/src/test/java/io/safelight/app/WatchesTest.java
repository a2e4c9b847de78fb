package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.safelight.catalog.DeadLetters.Tally;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Decision;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Manifest;
import io.safelight.store.StoreListener.Operation;
import io.safelight.store.Tier;
import io.safelight.trace.LogFields;
import io.safelight.trace.Spans;
import io.safelight.transform.ImageEngine;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the parts tell becomes figures. */
class WatchesTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final Instant START = Instant.now().minusSeconds(3_600);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final InMemorySpanExporter sent = InMemorySpanExporter.create();
    private final Spans spans = Spans.to(SimpleSpanProcessor.create(sent));

    @Test
    void whatIsHeldBackIsCountedByRule() {
        CatalogWatch watch = new CatalogWatch(meters, spans);
        watch.decided(decision(Verdict.BLOCK, "explicit"));
        watch.decided(decision(Verdict.REVIEW, "explicit"));
        watch.decided(decision(Verdict.REVIEW, null));
        watch.decided(decision(Verdict.CLEAR, "known-good"));
        assertEquals(2, flags("explicit"));
        assertEquals(1, flags("other"));
        assertEquals(2, meters.find("moderation.flags").counters().size());
    }

    private static Decision decision(Verdict verdict, String rule) {
        return new Decision(verdict, rule, "why", 0.5, List.of());
    }

    private double flags(String category) {
        return meters.get("moderation.flags").tag("category", category).counter().count();
    }

    @Test
    void publicationsAreTimedAndWeighed() {
        CatalogWatch watch = new CatalogWatch(meters, spans);
        watch.published(700);
        watch.firstPublished(Duration.ofSeconds(3));
        assertEquals(3, meters.get("time.to.publish").timer().totalTime(java.util.concurrent.TimeUnit.SECONDS));
        assertEquals(700, bytes(Tier.PUBLIC));
    }

    private double bytes(Tier tier) {
        return meters.get("storage.bytes").tag("tier", tier.slug()).counter().count();
    }

    @Test
    void requestsToTheStoreAreTimedAndWhatIsWrittenIsWeighed() {
        StoreWatch watch = new StoreWatch(meters, spans);
        watch.asked(Operation.WRITE, Tier.RAW, 9, Duration.ofMillis(5), true);
        watch.asked(Operation.WRITE, Tier.RAW, 0, Duration.ofMillis(5), false);
        watch.asked(Operation.READ, null, 0, Duration.ofMillis(5), true);
        assertEquals(9, bytes(Tier.RAW));
        assertEquals(1, requests("write", "answered"));
        assertEquals(1, requests("write", "failed"));
        assertEquals(1, requests("read", "answered"));
    }

    private long requests(String operation, String result) {
        return meters.get("store.request.duration").tags("operation", operation, "result", result).timer().count();
    }

    @Test
    void theCachesRatioIsOfTheLastThousandFiles() {
        ServeWatch watch = new ServeWatch(meters, spans, START);
        assertEquals(Double.NaN, ratio(), "nothing was asked for");
        watch.served(manifest(Ids.timeOrdered(), START), false);
        watch.served(manifest(Ids.timeOrdered(), START), true);
        assertEquals(0.5, ratio());
        for (int i = 0; i < 1_000; i++) {
            watch.served(manifest(Ids.timeOrdered(), START), i % 10 > 0);
        }
        assertEquals(0.9, ratio());
        assertEquals(901, meters.get("serving.cache.lookups").tag("result", "hit").counter().count());
        assertEquals(101, meters.get("serving.cache.lookups").tag("result", "miss").counter().count());
    }

    private double ratio() {
        return meters.get("serving.cache.hit.ratio").gauge().value();
    }

    @Test
    void anImageIsServedFirstOnce() {
        ServeWatch watch = new ServeWatch(meters, spans, START);
        UUID image = Ids.timeOrdered();
        watch.served(manifest(image, START.plusSeconds(1)), false);
        watch.served(manifest(image, START.plusSeconds(1)), true);
        watch.served(manifest(Ids.timeOrdered(), START.minusSeconds(1)), false);
        assertEquals(1, first(), "one that was published before the process began may have been served by another");

        for (int i = 0; i < 10_000; i++) {
            watch.served(manifest(Ids.timeOrdered(), START.plusSeconds(2)), false);
        }
        watch.served(manifest(image, START.plusSeconds(1)), false);
        assertEquals(10_001, first(), "one that is forgotten is not first served again");
    }

    private static Manifest manifest(UUID image, Instant published) {
        return Manifest.of(image, published, List.of()).traced(TRACE);
    }

    @Test
    void theFirstServeIsInTheTraceOfTheImageAndLeadsToTheRequest() {
        Span request = spans.begin("GET /i/{id}/{variant}", SpanKind.SERVER, SpanContext.getInvalid(), null);
        Manifest manifest = manifest(Ids.timeOrdered(), START.plusSeconds(1));
        LogFields.TRACE.set("that of the request");
        try (Scope here = request.makeCurrent()) {
            new ServeWatch(meters, spans, START).served(manifest, false);
            assertEquals("that of the request", LogFields.TRACE.get());
        } finally {
            LogFields.clear();
        }
        SpanData first = sent.getFinishedSpanItems().getFirst();
        assertEquals(TRACE, first.getTraceId());
        assertEquals(request.getSpanContext(), first.getLinks().getFirst().getSpanContext());
    }

    @Test
    void whatIsDoneForATraceThatIsSentIsAPartOfIt() {
        StoreWatch store = new StoreWatch(meters, spans);
        store.asked(Operation.READ, null, 0, Duration.ofMillis(5), true);
        assertEquals(List.of(), sent.getFinishedSpanItems(), "nothing is sent of what nobody asked for");

        Span at = spans.begin("process", SpanKind.CONSUMER, SpanContext.getInvalid(), null);
        try (Scope here = at.makeCurrent()) {
            store.asked(Operation.READ, null, 0, Duration.ofMillis(5), true);
            new CatalogWatch(meters, spans).asked("\n    insert into image (id) values (?)", Duration.ofMillis(7), false);
        }
        assertEquals(List.of("store read", "sql insert"), sent.getFinishedSpanItems().stream().map(SpanData::getName).toList());
        SpanData sql = sent.getFinishedSpanItems().getLast();
        assertEquals(at.getSpanContext().getSpanId(), sql.getParentSpanId());
        assertEquals(StatusCode.ERROR, sql.getStatus().getStatusCode());
        assertEquals(Duration.ofMillis(7), Duration.ofNanos(sql.getEndEpochNanos() - sql.getStartEpochNanos()));
    }

    private long first() {
        return meters.get("time.to.first.serve").timer().count();
    }

    @Test
    void whatAnEngineMakesIsTimedAlsoWhereItFails() {
        boolean[] fails = {false};
        ImageEngine engine = (ImageEngine) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ImageEngine.class}, (self, method, arguments) -> {
            if (fails[0]) {
                throw new Rejected(Code.BROKEN_IMAGE, "broken");
            }
            return method.getName().equals("make") ? List.of() : null;
        });
        try (EngineWatch watch = new EngineWatch(engine, meters, spans)) {
            watch.render(Path.of("a"), Format.JPEG, 2048, List.of(), Path.of("f"));
            watch.make(Path.of("a"), Format.PNG, List.of(), Path.of("f"));
            fails[0] = true;
            assertThrows(Rejected.class, () -> watch.make(Path.of("a"), Format.PNG, List.of(), Path.of("f")));
        }
        assertEquals(1, meters.get("processing.duration").tags("operation", "render", "format", "jpeg").timer().count());
        assertEquals(2, meters.get("processing.duration").tags("operation", "make", "format", "png").timer().count());
    }

    @Test
    void whereNoMetricsAreKeptThereAreNoMetersAndAllElseGoesOn() {
        meters.config().meterFilter(ProcessWatch.kept(new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.metrics.enabled", "false").build().getConfigMapping(SafelightConfig.class)));
        CatalogWatch catalog = new CatalogWatch(meters, spans);
        catalog.decided(decision(Verdict.BLOCK, "explicit"));
        catalog.firstPublished(Duration.ofSeconds(3));
        new StoreWatch(meters, spans).asked(Operation.WRITE, Tier.RAW, 9, Duration.ofMillis(5), true);
        new DeadLetterWatch(meters).open(List.of(new Tally("processing", "Fault", 20, START)));
        new UploadWatch(meters).count(202, "image/jpeg");
        new ServeWatch(meters, spans, START).served(manifest(Ids.timeOrdered(), START.plusSeconds(1)), false);

        assertEquals(List.of(), meters.getMeters());
        assertEquals(List.of("first serve"), sent.getFinishedSpanItems().stream().map(SpanData::getName).toList());
    }
}

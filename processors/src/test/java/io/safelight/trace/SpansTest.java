package io.safelight.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.safelight.error.Fault;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpansTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final SpanContext NOBODY = SpanContext.getInvalid();

    private final InMemorySpanExporter sent = InMemorySpanExporter.create();

    private Spans spans(double share) {
        return Spans.to(SimpleSpanProcessor.create(sent), share, List.of("processing"));
    }

    private static Span begin(Spans spans, SpanContext parent, String trace) {
        Span span = spans.begin("process", SpanKind.CONSUMER, parent, trace);
        span.end();
        return span;
    }

    @Test
    void aTraceparentIsKeptWithWhatItSaysOfSampling() {
        SpanContext chosen = Traceparent.read("00-" + TRACE + "-00f067aa0ba902b7-01");
        SpanContext left = Traceparent.read("00-" + TRACE + "-00f067aa0ba902b7-00");
        assertEquals(TRACE, begin(spans(0), chosen, null).getSpanContext().getTraceId());
        assertEquals("00f067aa0ba902b7", sent.getFinishedSpanItems().getFirst().getParentSpanId());
        SpanContext quiet = begin(spans(1), left, null).getSpanContext();
        assertEquals(TRACE, quiet.getTraceId());
        assertEquals(1, sent.getFinishedSpanItems().size(), "its caller does not want it");
        assertEquals("00-" + TRACE + "-" + quiet.getSpanId() + "-00", Traceparent.write(quiet));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01\n"})
    void whatIsNoTraceparentBeginsATrace(String header) {
        assertFalse(Traceparent.read(header).isValid());
        assertTrue(Traceparent.isTrace(begin(spans(1), Traceparent.read(header), null).getSpanContext().getTraceId()));
    }

    @Test
    void whoKnowsOnlyTheIdBelongsToTheTraceAndDecidesTheSame() {
        List<Boolean> decided = IntStream.range(0, 200).mapToObj(i -> {
            SpanContext begun = begin(spans(0.5), NOBODY, null).getSpanContext();
            SpanContext joined = begin(spans(0.5), NOBODY, begun.getTraceId()).getSpanContext();
            assertEquals(begun.getTraceId(), joined.getTraceId());
            assertEquals(begun.isSampled(), joined.isSampled());
            return begun.isSampled();
        }).toList();
        assertEquals(2, decided.stream().distinct().count(), "a share, not all and not none");
    }

    @Test
    void anIdThatIsNoneIsNotTaken() {
        assertTrue(Traceparent.isTrace(begin(spans(1), NOBODY, "' or 1=1").getSpanContext().getTraceId()));
    }

    @Test
    void withoutACollectorThereAreIdsAndNothingElse() {
        try (Spans off = Spans.off()) {
            Span span = begin(off, NOBODY, TRACE);
            assertEquals(TRACE, span.getSpanContext().getTraceId());
            assertFalse(span.isRecording());
            assertFalse(span.getSpanContext().isSampled());
            try (var here = span.makeCurrent()) {
                off.happened("store read", SpanKind.CLIENT, Duration.ofMillis(1), true);
            }
        }
    }

    @Test
    void aProcessOfOneGroupIsAServiceOfItsName() {
        begin(spans(1), NOBODY, null);
        SpanData span = sent.getFinishedSpanItems().getFirst();
        assertTrue(span.getResource().toString().contains("service.name=\"safelight-processing\""), () -> span.getResource().toString());
    }

    @Test
    void aCollectorIsSentWhatIsLeftWhenTheProcessEnds() throws Exception {
        Map<String, String> bodies = new ConcurrentHashMap<>();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/", exchange -> {
            bodies.put(exchange.getRequestURI().getPath(), new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        try (Spans spans = Spans.to(Collector.of(Optional.of("http://127.0.0.1:" + collector.getAddress().getPort() + "/"), 1).orElseThrow(), List.of("ingress"))) {
            begin(spans, NOBODY, null);
        } finally {
            collector.stop(0);
        }
        assertTrue(bodies.getOrDefault("/v1/traces", "").contains("safelight-ingress"), bodies::toString);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            collector:4318            | 0.1 | safelight.traces.endpoint is no address of a collector
            ftp://collector           | 0.1 | safelight.traces.endpoint is no address of a collector
            http://me:secret@host     | 0.1 | safelight.traces.endpoint is no address of a collector
            http://host:99999         | 0.1 | safelight.traces.endpoint is no address of a collector
            http://host/%zz           | 0.1 | safelight.traces.endpoint is no address of a collector
            http://collector:4318     | 1.5 | safelight.traces.sampling is 1.5; write a share from 0 to 1
            http://collector:4318     | NaN | safelight.traces.sampling is NaN; write a share from 0 to 1
            """)
    void anAddressOrAShareThatIsNoneIsRefused(String address, double share, String said) {
        String fault = assertThrows(Fault.class, () -> Collector.of(Optional.of(address), share)).getMessage();
        assertTrue(fault.contains(said), fault);
        assertFalse(fault.contains("secret"), fault);
    }
}

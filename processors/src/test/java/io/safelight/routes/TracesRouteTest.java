package io.safelight.routes;

import static io.safelight.routes.TestBroker.Settled.ACKED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.safelight.camel.Publications;
import io.safelight.camel.Renditions;
import io.safelight.camel.Tracing;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.store.Keys;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.trace.LogFields;
import io.safelight.trace.Spans;
import io.safelight.transform.Samples;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of a request and of a message, to collectors and in log lines, on routes as they are. */
class TracesRouteTest extends HttpRouteTest {
    private static final String CALLER = "00f067aa0ba902b7";
    private static final String TRACEPARENT = "00-" + TRACE + "-" + CALLER + "-01";
    private static final byte[] PHOTO = Samples.encoded(Samples.quarters(320, 240), "jpeg");

    private final InMemorySpanExporter sent = InMemorySpanExporter.create();
    private final Spans spans = Spans.to(SimpleSpanProcessor.create(sent));

    TracesRouteTest() {
        super("ingress/upload", "processing/process");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("uploads", uploads());
        registry.bind("renditions", new Renditions(null, List.of(), hidden, config));
    }

    @Override
    protected CamelContext createCamelContext() throws Exception {
        CamelContext camel = super.createCamelContext();
        camel.addRoutePolicyFactory(new Tracing(spans));
        camel.getManagementStrategy().addEventNotifier(new Publications(spans));
        return camel;
    }

    @BeforeEach
    void nothingIsSentYet() {
        sent.reset();
    }

    private SpanData span(String name) {
        return Awaitility.await(name).until(() -> sent.getFinishedSpanItems().stream().filter(s -> s.getName().equals(name)).toList(), found -> found.size() == 1).getFirst();
    }

    private static String of(SpanData span, String attribute) {
        return span.getAttributes().get(AttributeKey.stringKey(attribute));
    }

    private HttpResponse<byte[]> upload(byte[] body, String... headers) throws Exception {
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Content-Type";
        all[headers.length + 1] = "image/jpeg";
        return send("POST", "/upload", BodyPublishers.ofByteArray(body), all);
    }

    @Test
    void anUploadIsAPartOfItsCallersTraceAndItsMessageAPartOfIt() throws Exception {
        HttpResponse<byte[]> answer = upload(PHOTO, "traceparent", TRACEPARENT);

        assertEquals(TRACE, header(answer, "Trace-Id"));
        SpanData request = span("POST /upload");
        SpanData publish = span("publish");
        assertEquals(List.of(TRACE, CALLER, SpanKind.SERVER), List.of(request.getTraceId(), request.getParentSpanId(), request.getKind()));
        assertEquals(List.of(TRACE, request.getSpanId(), SpanKind.PRODUCER), List.of(publish.getTraceId(), publish.getParentSpanId(), publish.getKind()));
        assertEquals("image.accepted", of(publish, "messaging.destination.name"));
        assertEquals("ingress", of(request, "camel.group"));
        assertEquals(202L, request.getAttributes().get(AttributeKey.longKey("http.response.status_code")));
        assertEquals("00-" + TRACE + "-" + publish.getSpanId() + "-01", published().header("traceparent"));
        assertEquals(TRACE, published().header("trace"));
    }

    @Test
    void aRequestWithoutATraceBeginsOneForLogMessageAndSpan() throws Exception {
        String trace = header(upload(PHOTO), "Trace-Id");
        assertEquals(trace, span("POST /upload").getTraceId());
        assertEquals(trace, published().header("trace"));
        assertEquals(trace, tree(published().message()).path("trace").asText());
    }

    @Test
    void aRefusedUploadIsNoErrorOfOurs() throws Exception {
        assertProblem(415, "unsupported-type", upload("only words".getBytes()));
        assertEquals(StatusCode.UNSET, span("POST /upload").getStatus().getStatusCode());
        assertEquals("unsupported-type", span("POST /upload").getAttributes().get(AttributeKey.stringKey("error.code")));
    }

    @Test
    void anUploadThatCouldNotBeAnnouncedIsAnErrorOfOurs() throws Exception {
        broker.answer(publication -> TestBroker.Answer.REFUSE);
        assertEquals(503, upload(PHOTO).statusCode());
        assertEquals(StatusCode.ERROR, span("POST /upload").getStatus().getStatusCode());
        assertEquals("unavailable", span("POST /upload").getAttributes().get(AttributeKey.stringKey("error.code")));
    }

    @Test
    void aLinkChoosesNoTrace() throws Exception {
        for (String query : new String[] {"?traceparent=" + TRACEPARENT, "?%54raceparent=" + TRACEPARENT}) {
            sent.reset();
            assertEquals(202, send("POST", "/upload" + query, BodyPublishers.ofByteArray(PHOTO), "Content-Type", "image/jpeg").statusCode());
            assertNotEquals(TRACE, span("POST /upload").getTraceId());
        }
    }

    @Test
    void spansAndLogLinesTellNoNames() throws Exception {
        Set<String> lines = ConcurrentHashMap.newKeySet();
        broker.answer(publication -> {
            lines.add(LogFields.TRACE.get() + " " + LogFields.ROUTE.get() + " " + LogFields.GROUP.get());
            return TestBroker.Answer.CONFIRM;
        });
        send("POST", "/upload", multipart("file", Map.of("zoe-passport.jpg", PHOTO)), "Content-Type", "multipart/form-data; boundary=" + BOUNDARY,
                "traceparent", TRACEPARENT, "User-Agent", "zoes-phone");
        span("POST /upload");
        assertEquals(Set.of(TRACE + " intake ingress"), lines);
        String told = sent.getFinishedSpanItems().toString();
        assertFalse(told.contains("zoe") || told.contains("127.0.0.1"), told);
    }

    private static BasicProperties message() {
        return properties(Map.of("trace", TRACE, "traceparent", TRACEPARENT));
    }

    private static Event accepted() {
        UUID id = Ids.timeOrdered();
        return Event.of(id, TRACE, new Fact.Accepted("photo.jpg", "http", Format.JPEG, 1, 1, 1, false, null), null)
                .withObject(Keys.raw(id), Studio.sha256(PHOTO));
    }

    @Test
    void aMessageThatIsTriedAgainKeepsTheTraceItCameWith() {
        Event accepted = accepted();
        TestStore.refuse = key -> key.equals(Keys.raw(accepted.id()));

        assertEquals(ACKED, broker.deliver("processing", json(accepted), message()));

        assertRetried("processing", 1, "1s", json(accepted), message());
        SpanData process = span("process");
        assertEquals(List.of(TRACE, CALLER, SpanKind.CONSUMER, StatusCode.ERROR),
                List.of(process.getTraceId(), process.getParentSpanId(), process.getKind(), process.getStatus().getStatusCode()));
        assertEquals("processing", of(process, "messaging.destination.name"));
        assertEquals(accepted.id().toString(), of(process, "image.id"));
        assertEquals(process.getSpanId(), span("publish").getParentSpanId());
    }

    @Test
    void aDeadLetterKeepsTheTraceItCameWith() {
        byte[] nonsense = "{}".getBytes();
        assertEquals(ACKED, broker.deliver("processing", nonsense, message()));
        assertEquals(TRACEPARENT, published().header("traceparent"));
        assertEquals("internal", of(span("process"), "error.code"));
    }

    @Test
    void aMessageOfBeforeThatKnowsOnlyItsTraceBelongsToIt() {
        Event accepted = accepted();
        assertEquals(ACKED, deliver("processing", accepted));
        SpanData process = span("process");
        assertEquals(TRACE, process.getTraceId());
        assertFalse(process.getParentSpanContext().isValid());
        assertTrue(published().header("traceparent").startsWith("00-" + TRACE), published().toString());
    }
}

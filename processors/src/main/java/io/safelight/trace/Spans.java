package io.safelight.trace;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The spans of this process. Every trace has an id, whether or not its spans are sent. A caller decides for its own traces; of those that begin here
 * a share is sent, chosen by the id alone, so that who knows only the id, such as from a database, decides the same.
 *
 * <p>What a span says is seen by more people than an image: operations, keys of no image, classes of errors; never names, accounts or addresses.
 */
public final class Spans implements AutoCloseable {
    /** 32 hex digits, of the trace that a first span is to belong to. */
    private static final ScopedValue<String> TRACE = ScopedValue.newInstance();
    private static final Duration SENDING = Duration.ofSeconds(5);
    private static final int CLOSING_SECONDS = 1;

    private final boolean on;
    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private Spans(Sampler sampler, Resource process, SpanProcessor... processors) {
        var builder = SdkTracerProvider.builder().setSampler(sampler).setResource(process).setIdGenerator(new Ids());
        for (SpanProcessor processor : processors) {
            builder.addSpanProcessor(processor);
        }
        this.on = processors.length > 0;
        this.provider = builder.build();
        this.tracer = provider.get("io.safelight");
    }

    /** Ids, and nothing that is recorded, sent or waited for. */
    public static Spans off() {
        return new Spans(Sampler.alwaysOff(), Resource.empty());
    }

    /** Whether spans may be sent; where not, whoever comes next decides anew by the id. */
    public boolean on() {
        return on;
    }

    /** @param groups that this process runs; one that runs a single one is a service of that name */
    public static Spans to(Collector collector, List<String> groups) {
        var exporter = OtlpHttpSpanExporter.builder().setEndpoint(collector.traces()).setTimeout(SENDING).setMeterProvider(MeterProvider.noop()).build();
        return to(BatchSpanProcessor.builder(exporter).setMeterProvider(MeterProvider.noop()).build(), collector.share(), groups);
    }

    static Spans to(SpanProcessor processor, double share, List<String> groups) {
        String service = groups.size() == 1 ? "safelight-" + groups.getFirst() : "safelight";
        return new Spans(Sampler.parentBased(Sampler.traceIdRatioBased(share)),
                Resource.create(Attributes.builder().put("service.name", service).put("service.namespace", "safelight")
                        .put("safelight.groups", String.join(",", groups)).build()), processor);
    }

    /** For tests: every span, as soon as it ends. */
    public static Spans to(SpanProcessor processor) {
        return to(processor, 1, List.of("test"));
    }

    /**
     * A span that somebody else ends.
     *
     * @param parent what it is a part of; where that is not valid, it is the first of this process in its trace
     * @param trace  that it belongs to then; null, or what is no id, for a new one
     */
    public Span begin(String name, SpanKind kind, SpanContext parent, String trace) {
        SpanBuilder span = tracer.spanBuilder(name).setSpanKind(kind);
        if (parent.isValid()) {
            return span.setParent(Context.root().with(Span.wrap(parent))).startSpan();
        }
        span.setNoParent();
        return Traceparent.isTrace(trace) ? ScopedValue.where(TRACE, trace).call(span::startSpan) : span.startSpan();
    }

    /**
     * What this thread has just done, as a part of what it is at; nothing where that is not sent.
     *
     * @param well whether it was done
     * @param attributes names and values in turn
     */
    public void happened(String name, SpanKind kind, Duration took, boolean well, String... attributes) {
        if (!Span.current().isRecording()) {
            return;
        }
        Instant now = Instant.now();
        SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind).setStartTimestamp(now.minus(took));
        for (int i = 0; i < attributes.length; i += 2) {
            builder.setAttribute(attributes[i], attributes[i + 1]);
        }
        Span span = builder.startSpan();
        if (!well) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end(now);
    }

    /** A moment in a trace of which only the id is known, seen from what this thread is at. */
    public void moment(String name, String trace, String attribute, String value) {
        SpanContext here = Span.current().getSpanContext();
        Span span = begin(name, SpanKind.INTERNAL, SpanContext.getInvalid(), trace).setAttribute(attribute, value);
        if (here.isValid()) {
            span.addLink(here);
        }
        span.end();
    }

    /** Sends what is left, for a second at the most. */
    @Override
    public void close() {
        provider.shutdown().join(CLOSING_SECONDS, TimeUnit.SECONDS);
    }

    private static final class Ids implements IdGenerator {
        private final IdGenerator random = IdGenerator.random();

        @Override
        public String generateSpanId() {
            return random.generateSpanId();
        }

        @Override
        public String generateTraceId() {
            return TRACE.isBound() ? TRACE.get() : random.generateTraceId();
        }
    }
}

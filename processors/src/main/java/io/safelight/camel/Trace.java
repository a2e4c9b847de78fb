package io.safelight.camel;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.safelight.trace.LogFields;
import io.safelight.trace.Traceparent;
import java.util.UUID;
import org.apache.camel.Exchange;

/** One trace id from upload to first serve, in every message and every log line. */
final class Trace {
    private Trace() {}

    /** The caller's trace id, or a new one where the header is absent or not well formed. */
    static String of(String traceparent) {
        SpanContext caller = Traceparent.read(traceparent);
        return caller.isValid() ? caller.getTraceId() : IdGenerator.random().generateTraceId();
    }

    /** The id that {@link Tracing} gave what came in; where it follows nothing, the caller's, or a new one. */
    static String arriving(Exchange exchange, String traceparent) {
        return of(exchange) == null ? of(traceparent) : of(exchange);
    }

    /** Puts trace and image into the exchange, and into the log lines of this thread until {@link Tracing} or {@link Work} takes them out again. */
    static void begin(Exchange exchange, String trace, UUID image) {
        exchange.setProperty(Properties.TRACE, trace);
        LogFields.TRACE.set(trace);
        Span here = Span.current();
        if (!here.getSpanContext().getTraceId().equals(trace)) {
            here.setAttribute("image.trace", trace);
        }
        if (image != null) {
            exchange.setProperty(Properties.IMAGE, image);
            LogFields.IMAGE.set(image.toString());
            here.setAttribute("image.id", image.toString());
        }
    }

    static String of(Exchange exchange) {
        return exchange.getProperty(Properties.TRACE, String.class);
    }
}

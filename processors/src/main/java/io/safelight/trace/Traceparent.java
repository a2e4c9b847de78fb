package io.safelight.trace;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import java.util.regex.Pattern;

/** The header by which a trace goes from process to process: <a href="https://www.w3.org/TR/trace-context/">W3C trace context</a>. */
public final class Traceparent {
    public static final String HEADER = "traceparent";

    /** Version, trace id, parent id, flags; 255 is no version. */
    private static final Pattern FORM = Pattern.compile("(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");
    private static final Pattern TRACE = Pattern.compile("(?!0{32})[0-9a-f]{32}");

    private Traceparent() {}

    /** Not valid where the header is absent, not well formed or all zeros. */
    public static SpanContext read(String header) {
        var match = FORM.matcher(header == null ? "" : header);
        return match.matches()
                ? SpanContext.createFromRemoteParent(match.group(1), match.group(2), TraceFlags.fromHex(match.group(3), 0), TraceState.getDefault())
                : SpanContext.getInvalid();
    }

    public static String write(SpanContext span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-" + span.getTraceFlags().asHex();
    }

    /** Whether this can be the id of a trace: 32 hex digits, not all 0. */
    public static boolean isTrace(String id) {
        return id != null && TRACE.matcher(id).matches();
    }
}

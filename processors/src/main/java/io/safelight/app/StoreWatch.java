package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.SpanKind;
import io.safelight.store.StoreListener;
import io.safelight.store.Tier;
import io.safelight.trace.Spans;
import java.time.Duration;
import java.util.Locale;

/** Times requests to the object store, on meters and as spans, and counts what was written to each tier. */
record StoreWatch(MeterRegistry meters, Spans spans) implements StoreListener {
    @Override
    public void asked(Operation operation, Tier tier, long bytes, Duration took, boolean answered) {
        String name = operation.name().toLowerCase(Locale.ROOT);
        meters.timer("store.request.duration", "operation", name, "result", answered ? "answered" : "failed").record(took);
        spans.happened("store " + name, SpanKind.CLIENT, took, answered, "rpc.system", "aws-api", "rpc.service", "S3");
        if (tier != null) {
            wrote(tier, bytes);
        }
    }

    void wrote(Tier tier, long bytes) {
        meters.counter("storage.bytes", "tier", tier.slug()).increment(bytes);
    }
}

package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.store.StoreListener;
import io.safelight.store.Tier;
import java.time.Duration;
import java.util.Locale;

/** Times requests to the object store, and counts what was written to each tier. */
record StoreWatch(MeterRegistry meters) implements StoreListener {
    @Override
    public void asked(Operation operation, Tier tier, long bytes, Duration took, boolean answered) {
        meters.timer("store.request.duration", "operation", operation.name().toLowerCase(Locale.ROOT), "result", answered ? "answered" : "failed").record(took);
        if (tier != null) {
            wrote(tier, bytes);
        }
    }

    void wrote(Tier tier, long bytes) {
        meters.counter("storage.bytes", "tier", tier.slug()).increment(bytes);
    }
}

package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.safelight.lifecycle.ReconcileListener;
import io.safelight.model.Discrepancy.Kind;
import io.safelight.model.Reconciliation;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What the last reconciliation of this process found, when it ended (Unix seconds), and what was ever mended. */
final class ReconcileWatch implements ReconcileListener {
    private final MeterRegistry meters;
    private final Map<Kind, AtomicLong> found = new EnumMap<>(Kind.class);
    private AtomicLong ended;

    ReconcileWatch(MeterRegistry meters) {
        this.meters = meters;
    }

    @Override
    public void mended(Kind kind) {
        meters.counter("reconcile.mended", "kind", kind.slug()).increment();
    }

    /** Nothing is told before the first: a process that has found nothing yet is not one that found that all is well. */
    @Override
    public synchronized void ended(Reconciliation reconciliation) {
        if (ended == null) {
            ended = meters.gauge("reconcile.ended", new AtomicLong());
        }
        ended.set(reconciliation.ended().getEpochSecond());
        for (Kind kind : Kind.values()) {
            found.computeIfAbsent(kind, k -> meters.gauge("reconcile.findings", Tags.of("kind", k.slug()), new AtomicLong()))
                    .set(reconciliation.findings().stream().filter(f -> f.kind() == kind).mapToLong(Reconciliation.Found::found).sum());
        }
    }
}

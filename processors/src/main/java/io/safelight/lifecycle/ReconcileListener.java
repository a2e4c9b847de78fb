package io.safelight.lifecycle;

import io.safelight.model.Discrepancy.Kind;

/** Hears what is mended, for metrics. */
@FunctionalInterface
public interface ReconcileListener {
    void mended(Kind kind);
}

package io.safelight.lifecycle;

import io.safelight.model.Discrepancy.Kind;
import io.safelight.model.Reconciliation;

/** Hears what comes of reconciling. */
public interface ReconcileListener {
    void mended(Kind kind);

    void ended(Reconciliation reconciliation);
}

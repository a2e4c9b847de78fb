package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.moderate.Agreement;

/** Counts how often a candidate agrees with the model it is on trial beside, and by how much they differ. */
record AgreementWatch(MeterRegistry meters) implements Agreement {
    @Override
    public void compared(String model, String candidate, boolean same, double difference) {
        meters.counter("moderation.agreement", "model", model, "candidate", candidate, "agrees", Boolean.toString(same)).increment();
        meters.summary("moderation.difference", "model", model, "candidate", candidate).record(difference);
    }
}

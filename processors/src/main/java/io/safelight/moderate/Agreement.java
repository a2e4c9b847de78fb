package io.safelight.moderate;

/** Hears how a candidate's answer compares with that of the model it is on trial beside, for metrics. */
@FunctionalInterface
public interface Agreement {
    Agreement NOBODY = (model, candidate, same, difference) -> { };

    /**
     * @param model      and {@code candidate}: {@code name@version}
     * @param same       whether both find the same label the most probable
     * @param difference the largest between their probabilities of a label, 0..1
     */
    void compared(String model, String candidate, boolean same, double difference);
}

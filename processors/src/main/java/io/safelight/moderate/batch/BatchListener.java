package io.safelight.moderate.batch;

import java.time.Duration;

/** Hears of every batch that was run, for metrics. Called by the predictor's thread: be quick. */
@FunctionalInterface
public interface BatchListener {
    BatchListener NONE = (size, waited, took) -> { };

    /**
     * @param size   images in it
     * @param waited from when the first of them was handed in until the batch was run
     * @param took   the inference
     */
    void ran(int size, Duration waited, Duration took);
}

package io.safelight.moderate.batch;

import io.safelight.error.Unavailable;
import java.time.Duration;
import java.util.List;

/** Hears of every batch, for metrics and for what has to be done when the engine fails. Called by the predictor's thread: be quick. */
public interface BatchListener {
    BatchListener NONE = new BatchListener() {
        @Override
        public void ran(List<Duration> waited, Duration took) {}

        @Override
        public void failed(Unavailable why) {}
    };

    /**
     * @param waited of each image, from when it was handed in until the batch was run
     * @param took   the inference
     */
    void ran(List<Duration> waited, Duration took);

    /** The engine could not run a batch, whatever was in it, such as for want of a card's memory ({@code out-of-memory}). */
    void failed(Unavailable why);
}

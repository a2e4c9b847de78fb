package io.safelight.moderate;

import java.time.Duration;

/**
 * How images are gathered in front of a model.
 *
 * @param size       images in a batch at the most
 * @param maxWait    of the first image of a batch for others
 * @param predictors batches that run at the same time, each on one thread
 * @param maxQueue   images handed in and not yet answered, at the most
 */
public record Batching(int size, Duration maxWait, int predictors, int maxQueue) {
    /** Batches do not speed a CPU up (docs/benchmarks.md) and keep images waiting. */
    private static final int ON_CPU = 1;
    private static final int ON_CUDA = 16;
    /** One batch is made ready while the other runs. */
    private static final int PREDICTORS_ON_CUDA = 2;

    /** @param size and {@code predictors}: 0 means what suits the device */
    public static Batching on(Placement placement, int size, Duration maxWait, int predictors, int maxQueue) {
        return new Batching(size != 0 ? size : placement.cuda() ? ON_CUDA : ON_CPU, maxWait,
                predictors != 0 ? predictors : placement.cuda() ? PREDICTORS_ON_CUDA : Runtime.getRuntime().availableProcessors(), maxQueue);
    }

    /** Messages to have under way: batches never fill with fewer than twice as many, and predictors want work too. */
    public int consumers() {
        return Math.max(2 * size, Math.min(2 * predictors, maxQueue / 2));
    }
}

package io.safelight.catalog;

import io.safelight.model.Manifest;
import java.util.function.LongSupplier;

/**
 * The place of a decision in the order of all.
 *
 * @param own    larger than that of every decision before, whatever became of it
 * @param newest the largest that was given out by now
 */
record Fence(long own, LongSupplier newest) {
    /** Whether a later decision wrote the manifest. One that the database never took, as after a backup was restored, is none. */
    boolean isPassedBy(Manifest manifest) {
        return manifest.fence() > own && !isForeignTo(manifest);
    }

    /** To be asked after the manifest was read: what it bears was given out before that, or never. */
    boolean isForeignTo(Manifest manifest) {
        return manifest.fence() > own && manifest.fence() > newest.getAsLong();
    }
}

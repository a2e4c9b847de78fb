package io.safelight.serve;

import java.time.Instant;
import java.util.UUID;

/** Hears of every file that is about to be sent, for metrics. */
@FunctionalInterface
public interface ServeListener {
    ServeListener NOBODY = (image, published, cached) -> { };

    /**
     * @param published since when the image is public
     * @param cached    whether the file lay in the local cache
     */
    void served(UUID image, Instant published, boolean cached);
}

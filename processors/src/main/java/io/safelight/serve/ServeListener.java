package io.safelight.serve;

import io.safelight.model.Manifest;

/** Hears of every file that is about to be sent, for metrics and logs. */
@FunctionalInterface
public interface ServeListener {
    ServeListener NOBODY = (manifest, cached) -> { };

    /**
     * @param manifest of the image
     * @param cached   whether the file lay in the local cache
     */
    void served(Manifest manifest, boolean cached);
}

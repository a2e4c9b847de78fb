package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.lifecycle.MetadataApi;
import io.safelight.lifecycle.Sweeper;
import io.safelight.model.Event;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;

/** Periodic work, with the ages from the configuration. */
@Named("lifecycle")
@Singleton
public class Lifecycle {
    private final Sweeper sweeper;
    private final MetadataApi metadata;
    private final SafelightConfig.Lifecycle config;

    public Lifecycle(Sweeper sweeper, MetadataApi metadata, SafelightConfig config) {
        this.sweeper = sweeper;
        this.metadata = metadata;
        this.config = config.lifecycle();
    }

    public int sweepIncoming() {
        return sweeper.sweepIncoming(config.incomingLife());
    }

    public int sweepStaging() {
        return sweeper.sweepStaging(config.stagingLife());
    }

    public List<Event> stuck() {
        return metadata.stuck(config.stuckAfter());
    }
}

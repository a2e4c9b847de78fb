package io.safelight.servers;

import io.safelight.config.SafelightConfig;
import io.safelight.embedded.EmbeddedServers;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;

/** The embedded object store alone, in this process and a new folder: two buckets and one identity per route group. */
public final class S3Server implements AutoCloseable {
    private final EmbeddedServers servers;

    private S3Server(EmbeddedServers servers) {
        this.servers = servers;
    }

    public static S3Server start() throws Exception {
        var config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.groups", "serving")
                .withDefaultValue("safelight.data", TestServer.folder("s3").toString()).build();
        return new S3Server(EmbeddedServers.start(config.getConfigMapping(SafelightConfig.class)));
    }

    /** {@code safelight.store.endpoint} and {@code safelight.store.identities.<group>.access-key} and {@code .secret-key}. */
    public Map<String, String> settings() {
        return servers.settings();
    }

    @Override
    public void close() {
        servers.close();
    }
}

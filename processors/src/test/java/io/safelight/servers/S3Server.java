package io.safelight.servers;

import io.safelight.config.SafelightConfig;
import io.safelight.embedded.EmbeddedServers;
import io.safelight.testing.Ports;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The embedded object store alone, in this process and a new folder: two buckets and one identity per route group. */
public final class S3Server implements AutoCloseable {
    private final Path folder;
    private final int port;
    private EmbeddedServers servers;

    S3Server(Path folder, int port) {
        this.folder = folder;
        this.port = port;
        resume();
    }

    public static S3Server start() throws IOException {
        return new S3Server(TestServer.folder("s3"), Ports.free());
    }

    /** {@code safelight.store.endpoint} and {@code safelight.store.identities.<group>.access-key} and {@code .secret-key}. */
    public Map<String, String> settings() {
        return servers.settings();
    }

    /** Stops it, so that it cannot be reached; its objects stay. */
    public void pause() {
        servers.close();
    }

    /** Starts it again where it was, with all it had. */
    public void resume() {
        var config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.groups", "serving").withDefaultValue("safelight.data", folder.toString())
                .withDefaultValue("safelight.store.embedded-port", String.valueOf(port)).build();
        servers = EmbeddedServers.start(config.getConfigMapping(SafelightConfig.class));
    }

    @Override
    public void close() {
        servers.close();
    }
}

package io.safelight.embedded;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Starts the servers whose configured address is {@code embedded}, as far as this process's route groups need them. */
public final class EmbeddedServers implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EmbeddedServers.class);

    private final Deque<EmbeddedServer> running = new ArrayDeque<>();
    private final Map<String, String> settings = new TreeMap<>();
    private FolderLock lock;

    private EmbeddedServers() {}

    /**
     * Returns when every server answers.
     *
     * @throws Fault if one cannot start; those started before it are stopped again
     */
    public static EmbeddedServers start(SafelightConfig config) {
        var servers = new EmbeddedServers();
        try {
            servers.startAll(config);
            return servers;
        } catch (RuntimeException | Error e) {
            servers.close();
            throw e;
        }
    }

    /** Configuration that leads this process to its servers; overrides what was configured. Holds secrets. */
    public Map<String, String> settings() {
        return Collections.unmodifiableMap(settings);
    }

    /** Stops the servers, the last one started first. A second call does nothing. */
    @Override
    public void close() {
        while (!running.isEmpty()) {
            var server = running.pop();
            try {
                server.close();
            } catch (RuntimeException e) {
                LOG.warnf(e, "The embedded %s did not stop cleanly; its files are safe, and the next start cleans up", server.name());
            }
        }
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            LOG.warn("The lock of the data folder could not be closed; it ends with the process", e);
        }
    }

    private void startAll(SafelightConfig config) {
        var data = Path.of(config.data());
        if (wanted(config, config.broker().uri(), "ingress", "processing", "moderation", "metadata", "lifecycle")) {
            start("broker", () -> EmbeddedBroker.start(folder(data, "broker"), config.broker().embeddedPort()));
        }
        if (wanted(config, config.store().endpoint(), "ingress", "processing", "moderation", "metadata", "serving", "lifecycle")) {
            start("object store", () -> EmbeddedStore.start(folder(data, "store"), config.store().embeddedPort(),
                    config.store().privateBucket(), config.store().publicBucket()));
        }
        if (wanted(config, config.database().url(), "metadata")) {
            start("PostgreSQL", () -> EmbeddedPostgres.start(folder(data, "postgres"), config.database().embeddedPort()));
        }
        if (wanted(config, config.sftp().uri(), "ingress")) {
            start("SFTP server", () -> EmbeddedSftp.start(folder(data, "sftp"), config.sftp().embeddedPort()));
        }
        if (config.hawtio().enabled() && config.hawtio().password().isEmpty() && wanted(config, config.broker().uri(), "metadata")) {
            settings.put("safelight.hawtio.password", folder(data, "hawtio").secret("password"));
        }
    }

    private static boolean wanted(SafelightConfig config, String address, String... groups) {
        return address.equals(SafelightConfig.EMBEDDED) && !Collections.disjoint(config.groups(), List.of(groups));
    }

    /** A process that starts no server takes no lock either, so several may share a folder. */
    private DataFolder folder(Path data, String name) {
        var all = DataFolder.open(data);
        if (lock == null) {
            lock = FolderLock.take(all);
        }
        return all.folder(name);
    }

    private void start(String name, Supplier<EmbeddedServer> starter) {
        long begun = System.nanoTime();
        EmbeddedServer server;
        try {
            server = starter.get();
        } catch (SafelightException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new Fault("The embedded " + name + " did not start (" + e.getMessage()
                    + "): see its folder under safelight.data, or configure the address of a server of your own.", e);
        }
        running.push(server);
        settings.putAll(server.settings());
        LOG.infof("Embedded %s at %s, up in %d ms", name, server.address(), (System.nanoTime() - begun) / 1_000_000);
    }
}

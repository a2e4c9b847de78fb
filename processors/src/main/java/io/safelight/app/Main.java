package io.safelight.app;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.safelight.camel.Start;
import io.safelight.config.SafelightConfig;
import io.safelight.embedded.EmbeddedServers;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Starts what is configured as embedded, tells the application where it is, and stops it after the application. */
@QuarkusMain
public final class Main {
    /** Longer than the drain of the routes; the last word is the supervisor's grace period. */
    private static final int STOP_SECONDS = 40;

    private Main() {}

    public static void main(String... args) {
        EmbeddedServers servers;
        try {
            SafelightConfig config = settings();
            servers = EmbeddedServers.start(config);
            System.setProperty("quarkus.datasource.active", Boolean.toString(config.groups().contains("metadata")));
        } catch (RuntimeException e) {
            System.err.println("safelight: " + e.getMessage());
            if (Boolean.getBoolean("safelight.stacktrace")) {
                e.printStackTrace();
            }
            System.exit(1);
            return;
        }
        servers.settings().forEach(System::setProperty);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> await(stopped), "await-embedded-servers"));
        Start.application((code, failure) -> {
            try {
                if (failure != null) {
                    System.err.println("safelight: " + rootMessage(failure));
                }
                servers.close();
            } finally {
                stopped.countDown();
            }
            if (failure != null || code != 0) {
                Runtime.getRuntime().halt(code == 0 ? 1 : code);
            }
        }, args);
    }

    /** The same sources Quarkus reads at run time, before Quarkus is there to read them. */
    static SafelightConfig settings() {
        try {
            var builder = new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters()
                    .addSystemSources().withMapping(SafelightConfig.class).withValidateUnknown(false);
            Path file = Path.of("config/application.properties");
            if (Files.exists(file)) {
                builder.withSources(new PropertiesConfigSource(file.toUri().toURL(), 260));
            }
            return builder.build().getConfigMapping(SafelightConfig.class);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable t = failure;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage();
    }

    private static void await(CountDownLatch stopped) {
        try {
            stopped.await(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

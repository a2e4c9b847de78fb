package io.safelight.app;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.safelight.camel.Start;
import io.safelight.config.SafelightConfig;
import io.safelight.embedded.EmbeddedServers;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;
import sun.misc.Signal;

/** Starts what is configured as embedded, tells the application where it is, and stops it after the application. */
@QuarkusMain
public final class Main {
    private static final Logger LOG = Logger.getLogger(Main.class);

    private static final String STACKTRACE = "safelight.stacktrace";

    private Main() {}

    public static void main(String... args) {
        // numbers in messages are written alike everywhere
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        SafelightConfig config;
        EmbeddedServers servers;
        try {
            config = Preflight.check(Main::settings);
            List<String> unknown = Preflight.unknown(settings().build(), System.getenv().keySet());
            if (!unknown.isEmpty()) {
                LOG.warnf("No such setting: %s. docs/reference/configuration.md lists them all.", String.join(", ", unknown));
            }
            servers = EmbeddedServers.start(config);
            System.setProperty("quarkus.datasource.active", Boolean.toString(config.groups().contains("metadata")));
        } catch (RuntimeException e) {
            tell(e.getMessage(), e);
            System.exit(1);
            return;
        }
        servers.settings().forEach(System::setProperty);
        // for nobody to look at, MBeans of every step would only cost memory
        System.setProperty("camel.main.jmx-enabled", Boolean.toString(config.hawtio().enabled()
                && (config.hawtio().password().isPresent() || servers.settings().containsKey("safelight.hawtio.password"))));
        stopOn("INT");
        stopOn("TERM");
        Start.application((code, failure) -> {
            if (failure != null) {
                tell("the start failed: " + message(failure), failure);
            }
            servers.close();
            System.exit(failure == null ? code : 1);
        }, args);
    }

    private static void tell(String message, Throwable failure) {
        System.err.println("safelight: " + message);
        if (Boolean.getBoolean(STACKTRACE)) {
            failure.printStackTrace();
        } else if (!(failure instanceof Fault)) {
            System.err.println("  The stack trace is shown with JAVA_OPTS=-D" + STACKTRACE + "=true.");
        }
    }

    /** Not by shutdown hooks: those run side by side, and the embedded broker has one that would not wait for the routes to drain. */
    private static void stopOn(String signal) {
        Signal.handle(new Signal(signal), first -> {
            Signal.handle(first, second -> Runtime.getRuntime().halt(130));
            Stop.THIS_PROCESS.with(0);
        });
    }

    /** The same sources Quarkus reads at run time, before Quarkus is there to read them. */
    static SmallRyeConfigBuilder settings() {
        try {
            var builder = new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters().addSystemSources();
            Path file = Path.of("config/application.properties");
            if (Files.exists(file)) {
                builder.withSources(new PropertiesConfigSource(file.toUri().toURL(), 260));
            }
            return builder;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Ours where there is one, for it says what to do. */
    private static String message(Throwable failure) {
        Throwable t = failure;
        while (t.getCause() != null && !(t instanceof SafelightException)) {
            t = t.getCause();
        }
        return t.getMessage();
    }
}

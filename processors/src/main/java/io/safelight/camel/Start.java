package io.safelight.camel;

import io.quarkus.runtime.Quarkus;
import io.safelight.catalog.Catalog;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.model.VariantSpec;
import io.safelight.moderate.Moderator;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.camel.CamelContext;
import org.apache.camel.quarkus.main.CamelMainApplication;
import org.apache.camel.quarkus.main.events.AfterStart;
import org.apache.camel.quarkus.main.events.BeforeStart;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jboss.logging.Logger;

/** What has to be there before the first message, and what people are told once all is. */
@Singleton
public class Start {
    private static final Logger LOG = Logger.getLogger("io.safelight");

    private final SafelightConfig config;

    public Start(SafelightConfig config) {
        this.config = config;
    }

    /** Runs Quarkus with Camel in it until the process is told to stop. @param onExit gets the exit code and, where it failed, why */
    public static void application(BiConsumer<Integer, Throwable> onExit, String... args) {
        Quarkus.run(CamelMainApplication.class, onExit, args);
    }

    /** A wrong model, a missing library, a variant that cannot be made or looked at, or a database that cannot be migrated stops the start, not the first image. */
    void before(@Observes BeforeStart event, Instance<Flyway> flyway, Instance<List<VariantSpec>> variants, Instance<Moderator> moderator,
                Instance<Catalog> catalog) {
        CamelContext camel = event.getCamelContext(CamelContext.class);
        camel.setRouteController(new RoutesWithSources(camel));
        if (runs("metadata")) {
            migrate(flyway.get());
            catalog.get().banks().warmUp();
        }
        if (runs("processing")) {
            variants.get();
        } else if (runs("ingress") && config.limits().formats().isEmpty()) {
            LOG.warn("What the processes of the group processing read is not known here. Where they run without libvips, AVIF and SVG are taken in and rejected later: "
                    + "name in safelight.limits.formats what is to be taken in.");
        }
        if (runs("moderation") || runs("classify")) {
            moderator.get().warmUp();
        }
    }

    private void migrate(Flyway flyway) {
        try {
            flyway.migrate();
        } catch (FlywayException e) {
            throw new Fault("The database at " + config.database().url() + " cannot be reached, or its schema cannot be brought up to date. "
                    + "Check that it is up and that safelight.database.url, .username and .password are right; the log has its words.", e);
        }
    }

    void after(@Observes @Priority(Integer.MAX_VALUE) AfterStart event,
               @ConfigProperty(name = "quarkus.http.host") String host, @ConfigProperty(name = "quarkus.http.port") int port) {
        LOG.info(welcome(host.equals("0.0.0.0") ? "localhost" : host, port));
    }

    /** What runs here, and at which addresses. */
    String welcome(String host, int port) {
        String base = "http://%s:%d".formatted(host, port);
        StringBuilder text = new StringBuilder("Safelight is ready, groups " + String.join(", ", config.groups()));
        if (runs("ingress")) {
            text.append("\n  upload    curl -F file=@photo.jpg ").append(base).append("/upload");
            if (config.sftp().uri().startsWith("sftp://")) {
                text.append("\n  drop      ").append(config.sftp().uri().replace("://", "://" + config.sftp().username() + "@"));
                Path password = Path.of(config.data(), "sftp", "password");
                if (config.sftp().uri().contains("127.0.0.1") && Files.exists(password)) {
                    text.append("   password in ").append(password);
                }
            }
        }
        if (runs("metadata")) {
            text.append("\n  images    ").append(base).append("/api/images");
        }
        if (runs("serving")) {
            text.append("\n  serve     ").append(base).append("/i/{id}/{variant}");
        }
        if (config.hawtio().enabled() && config.hawtio().password().isPresent()) {
            text.append(config.hawtio().jolokiaPort().map(own -> "\n  Jolokia   http://%s:%d/jolokia".formatted(host, own)).orElse("\n  Hawtio    " + base + "/hawtio"))
                    .append("   user ").append(config.hawtio().user());
            Path password = Path.of(config.data(), "hawtio", "password");
            if (holds(password, config.hawtio().password().get())) {
                text.append(", password in ").append(password);
            }
        }
        text.append("\n  API       ").append(base).append("/q/openapi   health ").append(base).append("/q/health   metrics ").append(base).append("/q/metrics");
        return text.toString();
    }

    private static boolean holds(Path file, String text) {
        try {
            return Files.exists(file) && Files.readString(file).equals(text);
        } catch (IOException e) {
            return false;
        }
    }

    private boolean runs(String group) {
        return config.groups().contains(group);
    }
}

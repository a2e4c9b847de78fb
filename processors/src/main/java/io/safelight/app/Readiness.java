package io.safelight.app;

import io.safelight.config.SafelightConfig;
import io.safelight.model.Topology;
import io.safelight.moderate.Moderator;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.jboss.logging.Logger;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** Whether this process can do the work of its groups now: each asks only for what it cannot do without. */
@Singleton
public class Readiness {
    private static final List<String> WITH_BROKER = List.of("ingress", "processing", "moderation", "metadata", "lifecycle");
    private static final List<String> WITH_MODEL = List.of("moderation", "classify");

    private static final Logger LOG = Logger.getLogger(Readiness.class);

    private final SafelightConfig config;

    public Readiness(SafelightConfig config) {
        this.config = config;
    }

    private boolean runs(List<String> groups) {
        return config.groups().stream().anyMatch(groups::contains);
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Readiness
    HealthCheck broker(Instance<CachingConnectionFactory> connections) {
        return () -> check("broker", !runs(WITH_BROKER) || isUsable(connections.get(), queues()));
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Readiness
    HealthCheck database(Instance<DataSource> database) {
        return () -> check("database", !runs(List.of("metadata")) || isConnected(database.get()));
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Readiness
    HealthCheck model(Instance<Moderator> moderator) {
        return () -> check("model", !runs(WITH_MODEL) || moderator.get().warm());
    }

    private static HealthCheckResponse check(String name, boolean up) {
        return HealthCheckResponse.named(name).status(up).build();
    }

    /** Those that this process takes from or, when something fails, puts into. */
    private List<String> queues() {
        return Stream.of(Topology.Work.values())
                .filter(work -> config.groups().contains(work.queue().split("\\.")[0]) || config.groups().contains("metadata"))
                .flatMap(work -> work.queues().stream()).toList();
    }

    private static boolean isUsable(CachingConnectionFactory connections, List<String> queues) {
        try (var connection = connections.createConnection(); var channel = connection.createChannel(false)) {
            channel.exchangeDeclarePassive(Topology.EXCHANGE);
            for (String queue : queues) {
                channel.queueDeclarePassive(queue);
            }
            return true;
        } catch (AmqpException | IOException | TimeoutException e) {
            LOG.warnf("The broker cannot be used, or config/rabbitmq-definitions.json was not imported: %s", reason(e));
            return false;
        }
    }

    /** What the broker said, which lies below what the client's shells say. */
    private static String reason(Throwable failure) {
        Throwable t = failure;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage();
    }

    private static boolean isConnected(DataSource database) {
        try (Connection connection = database.getConnection()) {
            return connection.isValid(2);
        } catch (SQLException e) {
            return false;
        }
    }
}

package io.safelight.app;

import io.safelight.camel.Admission;
import io.safelight.config.SafelightConfig;
import io.safelight.moderate.Moderator;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** Whether this process can do the work of its groups now: each asks only for what it cannot do without. */
@Singleton
public class Readiness {
    private static final List<String> WITH_MODEL = List.of("moderation", "classify");

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
    HealthCheck broker(TopologyCheck topology) {
        return () -> {
            List<String> faults = topology.faults();
            var answer = HealthCheckResponse.named("broker").status(faults.isEmpty());
            topology.uncompared().ifPresent(what -> answer.withData("uncompared", what));
            return (faults.isEmpty() ? answer : answer.withData("reason", String.join("; ", faults))).build();
        };
    }

    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Readiness
    HealthCheck requests(Admission admission) {
        return () -> check("requests", admission.refusal().isEmpty());
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

    /** Without the servers, whose absence is no reason to start a process anew. */
    @Produces
    @Singleton
    @org.eclipse.microprofile.health.Startup
    HealthCheck warm(Instance<Moderator> moderator) {
        return model(moderator);
    }

    private static HealthCheckResponse check(String name, boolean up) {
        return HealthCheckResponse.named(name).status(up).build();
    }

    private static boolean isConnected(DataSource database) {
        try (Connection connection = database.getConnection()) {
            return connection.isValid(2);
        } catch (SQLException e) {
            return false;
        }
    }
}

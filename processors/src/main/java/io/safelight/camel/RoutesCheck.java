package io.safelight.camel;

import jakarta.inject.Singleton;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck.State;
import org.apache.camel.health.HealthCheckHelper;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** What Camel's own checks say: all of it has started, and no route has ended since. */
@Readiness
@Singleton
class RoutesCheck implements HealthCheck {
    private final CamelContext camel;

    RoutesCheck(CamelContext camel) {
        this.camel = camel;
    }

    @Override
    public HealthCheckResponse call() {
        var answer = HealthCheckResponse.named("routes");
        if (!camel.isStarted()) {
            return answer.down().build();
        }
        List<String> faults = HealthCheckHelper.invokeReadiness(camel).stream().filter(result -> result.getState() == State.DOWN)
                .map(result -> result.getMessage().orElse(result.getCheck().getId())).sorted().toList();
        return (faults.isEmpty() ? answer.up() : answer.down().withData("reason", String.join("; ", faults))).build();
    }
}

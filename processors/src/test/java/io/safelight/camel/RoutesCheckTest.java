package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.impl.DefaultCamelContext;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class RoutesCheckTest {
    @Test
    void aProcessIsReadyWhileItsRoutesRun() throws Exception {
        try (CamelContext camel = new DefaultCamelContext()) {
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:one").routeId("one").log("${body}");
                    from("direct:two").routeId("two").log("${body}");
                }
            });
            // as Camel Main does
            HealthCheckRegistry checks = HealthCheckRegistry.get(camel);
            checks.register(checks.resolveById("routes"));
            assertEquals(Status.DOWN, routes(camel).getStatus(), "not yet started");
            camel.start();
            assertEquals(Status.UP, routes(camel).getStatus());
            camel.getRouteController().stopRoute("two");
            assertEquals(Status.DOWN, routes(camel).getStatus());
            assertEquals(Optional.of(Map.of("reason", "Route two has status Stopped")), routes(camel).getData());
            camel.getRouteController().startRoute("two");
            assertEquals(Status.UP, routes(camel).getStatus());
        }
    }

    private static HealthCheckResponse routes(CamelContext camel) {
        return new RoutesCheck(camel).call();
    }
}

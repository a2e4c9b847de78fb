package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.function.Consumer;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.micrometer.MicrometerConstants;
import org.apache.camel.component.micrometer.eventnotifier.MicrometerExchangeEventNotifier;
import org.apache.camel.component.micrometer.eventnotifier.MicrometerRouteEventNotifier;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class RouteMetersTest {
    @Test
    void withoutMetricsNothingTimesARoute() throws Exception {
        assertEquals(0, metersOfARoute(RouteMeters::removeFrom));
    }

    @Test
    void elseRoutesAndTheirStepsAreTimed() throws Exception {
        assertEquals(true, metersOfARoute(camel -> { }) > 0);
    }

    private static int metersOfARoute(Consumer<CamelContext> before) throws Exception {
        MeterRegistry meters = new SimpleMeterRegistry();
        try (CamelContext camel = new DefaultCamelContext()) {
            camel.getRegistry().bind(MicrometerConstants.METRICS_REGISTRY_NAME, meters);
            // as Quarkus does
            camel.addRoutePolicyFactory(new MicrometerRoutePolicyFactory());
            camel.getManagementStrategy().addEventNotifier(new MicrometerExchangeEventNotifier());
            camel.getManagementStrategy().addEventNotifier(new MicrometerRouteEventNotifier());
            before.accept(camel);
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:here").to("mock:there");
                }
            });
            camel.start();
            camel.createProducerTemplate().sendBody("direct:here", "");
            return meters.getMeters().size();
        }
    }
}

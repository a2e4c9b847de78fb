package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.component.micrometer.eventnotifier.AbstractMicrometerEventNotifier;
import org.apache.camel.component.micrometer.routepolicy.MicrometerRoutePolicyFactory;
import org.apache.camel.quarkus.main.events.BeforeConfigure;
import org.apache.camel.spi.ManagementStrategy;

/** Takes away what times every exchange and every step, where nobody keeps the times. */
@Singleton
public class RouteMeters {
    void remove(@Observes BeforeConfigure event, SafelightConfig config) {
        if (!config.metrics().enabled()) {
            removeFrom(event.getMain().getCamelContext());
        }
    }

    static void removeFrom(CamelContext camel) {
        camel.getRoutePolicyFactories().removeIf(MicrometerRoutePolicyFactory.class::isInstance);
        ManagementStrategy management = camel.getManagementStrategy();
        List.copyOf(management.getEventNotifiers()).stream().filter(AbstractMicrometerEventNotifier.class::isInstance).forEach(management::removeEventNotifier);
    }
}

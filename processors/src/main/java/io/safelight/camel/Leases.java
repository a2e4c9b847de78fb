package io.safelight.camel;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Unremovable;
import io.safelight.config.SafelightConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;

/** Who of several processes does what only one may do: what a route takes from {@code master:NAME:…} it takes while its process holds the lease NAME. */
@Singleton
public class Leases {
    /** Values of {@code safelight.leases}. */
    public static final List<String> KINDS = List.of("none", "kubernetes");
    private static final String KUBERNETES = KINDS.getLast();

    /** Camel looks for it by its type. */
    @Produces
    @Singleton
    @Unremovable
    CamelClusterService service(SafelightConfig config, MeterRegistry meters) {
        return config.leases().equals(KUBERNETES) ? new KubernetesLeases(meters) : new OnlyProcess(meters);
    }

    static void measure(MeterRegistry meters, String lease, CamelClusterView view) {
        Gauge.builder("leader", view, v -> v.getLocalMember().isLeader() ? 1 : 0).tag("task", lease)
                .description("1 while this process does what only one may do").strongReference(true).register(meters);
    }
}

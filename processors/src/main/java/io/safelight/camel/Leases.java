package io.safelight.camel;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Unavailable;
import io.safelight.lease.Candidate;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Consumer;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.quarkus.main.events.AfterStart;
import org.apache.camel.spi.RouteIdAware;
import org.jboss.logging.Logger;

/**
 * Who of several processes does what only one may do. A route whose kamelet is given a {@code lease} takes something new only while this process holds the lease of
 * that name; where no leases are configured, that is always. Routes are never stopped: what one has in hand it finishes.
 */
@Named("leases")
@Singleton
public class Leases {
    private static final Logger LOG = Logger.getLogger(Leases.class);
    /** Values of {@code safelight.leases}. */
    public static final List<String> KINDS = List.of("none", "kubernetes");
    /** Of the names of leases in Kubernetes. */
    private static final String PREFIX = "safelight-";

    private final CamelContext camel;
    private final SafelightConfig config;
    private final MeterRegistry meters;
    private final boolean shared;
    private final Map<String, Candidate> candidates = new ConcurrentHashMap<>();
    private KubernetesClient kubernetes;

    public Leases(CamelContext camel, SafelightConfig config, MeterRegistry meters) {
        this.camel = camel;
        this.config = config;
        this.meters = meters;
        this.shared = config.leases().equals(KINDS.getLast());
    }

    void begin(@Observes AfterStart event) {
        begin();
    }

    /** For the leases that the routes name, which are there by now. */
    public void begin() {
        List<String> names = camel.getRoutes().stream().map(Leases::lease).flatMap(Optional::stream).distinct().toList();
        if (shared && !names.isEmpty()) {
            kubernetes = Candidate.client(config.leaseTime());
            String identity = host() + "_" + UUID.randomUUID().toString().substring(0, 8);
            names.forEach(name -> candidates.put(name, new Candidate(kubernetes, PREFIX + name, identity, config.leaseTime(), () -> isRunning(name))));
            candidates.values().forEach(Candidate::start);
        }
        names.forEach(name -> Gauge.builder("leader", () -> held(name) && isRunning(name) ? 1 : 0).tag("task", name)
                .description("1 in the process that does what one alone does").strongReference(true).register(meters));
    }

    public boolean held(String lease) {
        Candidate candidate = candidates.get(lease);
        return !shared || candidate != null && candidate.holds();
    }

    /** @throws Unavailable where it is held no more, and what was found is another's */
    public void confirm(String lease) {
        if (!held(lease)) {
            // of what a kamelet that is a source throws nobody else tells
            LOG.warnf("The lease %s is not this process's any more: a file that was found stays for whoever holds it", lease);
            throw new Unavailable("The lease %s is not this process's any more; whoever holds it takes the file.".formatted(lease), null);
        }
    }

    /** Whether a kamelet's consumer may look for something new. */
    boolean begins(Consumer consumer) {
        String route = consumer instanceof RouteIdAware aware ? aware.getRouteId() : null;
        return camel.getRoutes().stream().filter(user -> user.getEndpoint() instanceof KameletEndpoint kamelet && kamelet.getRouteId().equals(route))
                .allMatch(user -> lease(user).map(this::held).orElse(true));
    }

    /** From now on no lease is taken; one that is held is kept until what is in hand is done. */
    void rest() {
        candidates.values().forEach(Candidate::rest);
    }

    @PreDestroy
    public void close() {
        candidates.values().forEach(Candidate::close);
        candidates.clear();
        if (kubernetes != null) {
            kubernetes.close();
        }
    }

    private static Optional<String> lease(Route route) {
        return route.getEndpoint() instanceof KameletEndpoint kamelet && kamelet.getKameletProperties().get("lease") instanceof String lease
                ? Optional.of(lease) : Optional.empty();
    }

    /** A route that somebody stopped does nothing, nor does one whose kamelet's was. */
    private boolean isRunning(String lease) {
        return camel.getRoutes().stream().filter(route -> lease(route).filter(lease::equals).isPresent())
                .flatMap(route -> Stream.of(route.getRouteId(), ((KameletEndpoint) route.getEndpoint()).getRouteId()))
                .allMatch(this::isStarted);
    }

    private boolean isStarted(String route) {
        return camel.getRouteController().getRouteStatus(route) == ServiceStatus.Started;
    }

    /** In Kubernetes the name of the pod. */
    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}

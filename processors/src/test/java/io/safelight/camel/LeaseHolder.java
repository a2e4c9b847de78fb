package io.safelight.camel;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.impl.DefaultCamelContext;

/** A process with a route that one at a time may run; writes down when it was at work, and who it saw lead. A pod's container, for {@link KubernetesLeasesIT}. */
final class LeaseHolder {
    private LeaseHolder() {}

    /** @param arguments address of the Kubernetes API, name of the pod, file to write to */
    public static void main(String... arguments) throws Exception {
        Path file = Path.of(arguments[2]);
        KubernetesLeases leases = new KubernetesLeases(new SimpleMeterRegistry());
        leases.setMasterUrl(arguments[0]);
        leases.setKubernetesNamespace("safelight");
        leases.setPodName(arguments[1]);
        leases.setLeaseDurationMillis(2_000);
        leases.setRenewDeadlineMillis(1_500);
        leases.setRetryPeriodMillis(200);
        DefaultCamelContext camel = new DefaultCamelContext();
        camel.addService(leases);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("master:lifecycle:timer:work?period=20&delay=0").process(exchange -> write(file, String.valueOf(System.currentTimeMillis())));
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(camel::stop));
        camel.start();
        CamelClusterEventListener.Leadership listener = (view, leader) -> write(file, "leader " + (leader == null ? "none" : leader.getId()));
        leases.getView("lifecycle").addEventListener(listener);
        Thread.currentThread().join();
    }

    private static synchronized void write(Path file, String line) {
        try {
            Files.write(file, List.of(line), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

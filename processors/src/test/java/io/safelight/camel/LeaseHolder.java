package io.safelight.camel;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.config.SafelightConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.impl.DefaultCamelContext;

/** A process with a route that one at a time may run; writes down when it was at work and when it stood by. A pod's container, for {@link KubernetesLeasesIT}. */
final class LeaseHolder {
    static final String STANDS_BY = "stands by";

    private LeaseHolder() {}

    public static final class Telling extends Leases {
        private final Path file;

        private Telling(CamelContext camel, SafelightConfig config, Path file) {
            super(camel, config, new SimpleMeterRegistry());
            this.file = file;
        }

        @Override
        public boolean held(String lease) {
            boolean held = super.held(lease);
            if (!held) {
                write(file, STANDS_BY);
            }
            return held;
        }
    }

    /** @param arguments file to write to; system properties say where the Kubernetes API is */
    public static void main(String... arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.leases", "kubernetes").build().getConfigMapping(SafelightConfig.class);
        DefaultCamelContext camel = new DefaultCamelContext();
        Leases leases = new Telling(camel, config, file);
        camel.getRegistry().bind("leases", leases);
        camel.getComponent("kamelet", KameletComponent.class).setLocation("file:kamelets");
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("kamelet:leased-timer-source?lease=lifecycle&name=work&period=20&delay=0").process(exchange -> write(file, String.valueOf(System.currentTimeMillis())));
            }
        });
        Drain drain = new Drain(camel, new Admission(new BrokerAlarm(), config), leases);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                drain.run();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        camel.start();
        leases.begin();
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

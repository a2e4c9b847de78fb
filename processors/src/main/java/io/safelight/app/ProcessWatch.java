package io.safelight.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.quarkus.runtime.StartupEvent;
import io.safelight.camel.Groups;
import io.safelight.config.SafelightConfig;
import io.safelight.model.Topology;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.File;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** What Prometheus is told of the process itself: its disk, its cards, and the queues where it holds the broker. */
@Singleton
public class ProcessWatch {
    /** Paths of what clients wait for: only their times are worth a histogram. */
    private static final List<String> WAITED_FOR = List.of("/upload", "/i/", "/classify");
    private static final double[] BUCKETS = Stream.of(50, 100, 250, 500, 1_000, 2_500, 10_000).mapToDouble(ms -> Duration.ofMillis(ms).toNanos()).toArray();

    private final SafelightConfig config;
    private final MeterRegistry meters;
    private GpuWatch gpu;

    public ProcessWatch(SafelightConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = meters;
    }

    void atStart(@Observes StartupEvent event, Instance<CachingConnectionFactory> connections, Instance<BrokerSignals> signals) {
        File data = new File(config.data());
        disk("disk.free", "Free on the disk of the data folder", data, File::getUsableSpace);
        disk("disk.size", "Size of the disk of the data folder", data, File::getTotalSpace);
        if ((runs("moderation") || runs("classify")) && Groups.placement(config).cuda()) {
            gpu = new GpuWatch(meters, config.node().orElseGet(ProcessWatch::host));
        }
        // a broker that is away holds nothing up
        Thread.ofVirtual().name("embedded-queues").start(() -> queues(connections, signals));
    }

    @PreDestroy
    void close() {
        if (gpu != null) {
            gpu.close();
        }
    }

    private boolean runs(String group) {
        return config.groups().contains(group);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    private void disk(String name, String what, File folder, ToDoubleFunction<File> bytes) {
        Gauge.builder(name, folder, bytes).description(what).baseUnit("bytes").strongReference(true).register(meters);
    }

    /** The embedded broker is this process's alone, and no group scaler can ask it; of any other the scaler tells. */
    private void queues(Instance<CachingConnectionFactory> connections, Instance<BrokerSignals> signals) {
        if (TopologyCheck.needsBroker(config) && isEmbedded(connections.get())) {
            for (Topology.Work work : Topology.Work.values()) {
                Gauge.builder("processing.queue.depth", signals.get(), broker -> broker.ready(work.queue())).description("Messages that wait")
                        .tag("queue", work.queue()).strongReference(true).register(meters);
            }
        }
    }

    private static boolean isEmbedded(CachingConnectionFactory connections) {
        try {
            return !TopologyCheck.isRabbitMq(connections.createConnection().getDelegate());
        } catch (AmqpException away) {
            return false;
        }
    }

    /** Asked for before there are meters, as the others below, and so before there is one of these. */
    @Produces
    @Singleton
    static MeterFilter kept(SafelightConfig config) {
        boolean enabled = config.metrics().enabled();
        return MeterFilter.denyUnless(id -> enabled);
    }

    @Produces
    @Singleton
    static MeterFilter labels(Instance<Router> router) {
        return new RequestLabels(() -> router.get().getRoutes().stream().map(Route::getPath).filter(Objects::nonNull));
    }

    @Produces
    @Singleton
    static MeterFilter buckets() {
        return new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig usual) {
                String path = id.getTag("uri");
                return id.getName().equals(RequestLabels.REQUESTS) && path != null && WAITED_FOR.stream().anyMatch(path::startsWith)
                        ? DistributionStatisticConfig.builder().serviceLevelObjectives(BUCKETS).build().merge(usual) : usual;
            }
        };
    }
}

package io.safelight.app;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import io.quarkus.runtime.StartupEvent;
import io.safelight.app.Definitions.Difference;
import io.safelight.config.SafelightConfig;
import io.safelight.error.SafelightException;
import io.safelight.model.Topology;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.core.NestedExceptionUtils;

/**
 * Whether the broker has what this process works with, and has it as the contract says. That it is there is asked each time; how it
 * was declared is compared at the start, until it is right.
 */
@Singleton
public class TopologyCheck {
    private static final List<String> WITH_BROKER = List.of("ingress", "processing", "moderation", "metadata", "lifecycle", "scaler");
    private static final Set<String> EXCHANGES = Set.of(Topology.EXCHANGE, Topology.UNROUTED);

    /** Until it is tried again to compare, where that was not possible: whoever asks for faults waits for it. */
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Logger LOG = Logger.getLogger(TopologyCheck.class);

    private final SafelightConfig config;
    private final Supplier<CachingConnectionFactory> connections;
    private final Duration pause;
    private boolean compared;
    private Instant next = Instant.MIN;
    private String uncompared;
    private List<String> told = List.of();

    @Inject
    public TopologyCheck(SafelightConfig config, Instance<CachingConnectionFactory> connections) {
        this(config, connections::get, PAUSE);
    }

    TopologyCheck(SafelightConfig config, Supplier<CachingConnectionFactory> connections, Duration pause) {
        this.config = config;
        this.connections = connections;
        this.pause = pause;
    }

    /** Beside the start and not before it: a broker that is away holds nothing up. */
    void atStart(@Observes StartupEvent event) {
        Thread.ofVirtual().name("topology-check").start(this::faults);
    }

    static boolean needsBroker(SafelightConfig config) {
        return config.groups().stream().anyMatch(WITH_BROKER::contains);
    }

    /** @return what keeps this process from its work, each with the command that mends it; empty where nothing does */
    synchronized List<String> faults() {
        if (!needsBroker(config)) {
            return List.of();
        }
        List<String> faults;
        try {
            faults = look().stream().map(Difference::toString).toList();
            if (!faults.isEmpty() && !faults.equals(told)) {
                LOG.errorf("The broker is not as %s says; this process is not ready until it is mended:\n  %s", Definitions.FILE, String.join("\n  ", faults));
            }
        } catch (AmqpException | ShutdownSignalException | IOException | TimeoutException e) {
            faults = List.of("The broker cannot be used: " + reason(e));
            if (!faults.equals(told)) {
                LOG.warn(faults.getFirst());
            }
        }
        if (faults.isEmpty() && !told.isEmpty()) {
            LOG.info("The broker has what this process needs.");
        }
        told = faults;
        compared &= faults.isEmpty();
        return faults;
    }

    /** @return what of the broker's topology was not compared as yet, and how to have it compared; empty where all was */
    synchronized Optional<String> uncompared() {
        return Optional.ofNullable(uncompared);
    }

    private List<Difference> look() throws IOException, TimeoutException {
        Connection connection = connection();
        Declarations declarations = new Declarations(connection);
        Set<String> queues = queues();
        List<Difference> missing = declarations.missing(EXCHANGES.stream(), queues.stream());
        if (!missing.isEmpty() || compared || Instant.now().isBefore(next)) {
            return missing;
        }
        List<Difference> halfDone = declarations.halfDone(queues);
        return halfDone.isEmpty() && isRabbitMq(connection) ? compare(connection, queues) : halfDone;
    }

    private List<Difference> compare(Connection connection, Set<String> queues) throws IOException {
        try {
            Definitions expected = Definitions.read(Path.of(config.home())).withQueues(queues::contains);
            List<Difference> differences = config.broker().managementUrl().isPresent() ? ask(expected) : declare(connection, expected);
            compared = true;
            return differences;
        } catch (SafelightException e) {
            leave("That exchanges and queues are there was checked, not yet how they were declared: " + e.getMessage());
            next = Instant.now().plus(pause);
            return List.of();
        }
    }

    private void leave(String notCompared) {
        if (!notCompared.equals(uncompared)) {
            LOG.warn(notCompared);
        }
        uncompared = notCompared;
    }

    /** The shared connection, which stays open. */
    private Connection connection() throws IOException, TimeoutException {
        var shared = connections.get().createConnection();
        try {
            if (!shared.isOpen()) {
                // one that was lost is replaced when a channel is asked for, and not before
                shared.createChannel(false).close();
            }
            return shared.getDelegate();
        } catch (NullPointerException | IllegalStateException e) {
            // Spring takes one that was lost away before the next is there, whoever else asks for it
            throw new IOException("the connection to it is being replaced");
        }
    }

    /** The embedded broker has the topology in terms of its own. */
    static boolean isRabbitMq(Connection connection) {
        return "RabbitMQ".equals(String.valueOf(connection.getServerProperties().get("product")));
    }

    private List<Difference> ask(Definitions expected) {
        ConnectionFactory user = connections.get().getRabbitConnectionFactory();
        var byPolicy = expected.differences(Management.definitions(config.broker().managementUrl().get(), user)).stream()
                .collect(Collectors.partitioningBy(Difference::isPolicy));
        byPolicy.get(true).forEach(difference -> LOG.warnf("%s", difference));
        uncompared = null;
        return byPolicy.get(false);
    }

    private List<Difference> declare(Connection connection, Definitions expected) throws IOException {
        Declarations declarations = new Declarations(connection);
        List<Difference> differences = declarations.differences(expected);
        leave((declarations.mayConfigure() ? "How exchanges and queues were declared was compared, bindings and policies were not. "
                : "That exchanges and queues are there was checked, not how they were declared, and neither bindings nor policies, as this user may not configure. ")
                + "To have all compared, set safelight.broker.management-url and give the user the tag management, or run ./safelight topology.");
        return differences;
    }

    /** Those that this process takes from or, when something fails, puts into; and where an exchange puts what nobody is bound for. */
    private Set<String> queues() {
        return Stream.concat(Stream.of(Topology.UNROUTED), Stream.of(Topology.Work.values())
                .filter(work -> config.groups().contains(work.queue().split("\\.")[0]) || config.groups().contains("metadata"))
                .flatMap(work -> work.queues().stream())).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** What the broker said, which lies below what the client's shells say. */
    static String reason(Throwable failure) {
        return String.valueOf(NestedExceptionUtils.getMostSpecificCause(failure).getMessage());
    }
}

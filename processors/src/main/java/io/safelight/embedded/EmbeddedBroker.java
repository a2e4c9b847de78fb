package io.safelight.embedded;

import io.safelight.error.Fault;
import io.safelight.model.Json;
import io.safelight.model.Topology;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.SystemLauncherListener;
import org.apache.qpid.server.model.Broker;
import org.apache.qpid.server.model.BrokerModel;
import org.apache.qpid.server.model.Exchange;
import org.apache.qpid.server.model.Port;
import org.apache.qpid.server.model.Queue;
import org.apache.qpid.server.model.State;
import org.apache.qpid.server.model.SystemConfig;
import org.apache.qpid.server.model.VirtualHost;
import org.apache.qpid.server.model.VirtualHostNode;
import org.apache.qpid.server.model.port.AmqpPort;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost;

/**
 * Apache Qpid Broker-J: AMQP 0-9-1, one user, messages in Derby. What belongs to the broker (port, user) is laid down anew
 * at every start; what belongs to the virtual host (queues, bindings, messages) is kept.
 */
final class EmbeddedBroker implements EmbeddedServer {
    private static final String USER = "safelight";
    private static final String HOST = "safelight";

    private final SystemLauncher launcher;
    private final RetryClock clock;
    private final String password;
    private final int port;

    private EmbeddedBroker(SystemLauncher launcher, RetryClock clock, String password, int port) {
        this.launcher = launcher;
        this.clock = clock;
        this.password = password;
        this.port = port;
    }

    static EmbeddedBroker start(DataFolder folder, int port) {
        if (port != 0) {
            Loopback.port(port, "safelight.broker.embedded-port");
        }
        var password = folder.secret("password");
        var started = new Started();
        var launcher = new SystemLauncher(started);
        // Derby would write its log into the working directory; a JVM has one Derby, so one such file
        System.setProperty("derby.stream.error.file", folder.file("derby.log").toString());
        try {
            PreparedDeletes.install();
            // what Qpid keeps there it would believe more than the configuration below
            Files.deleteIfExists(folder.file("config.json"));
            launcher.startup(Map.of(
                    SystemConfig.TYPE, "JSON",
                    SystemConfig.INITIAL_CONFIGURATION_LOCATION, folder.write("broker.json", configuration(password, port)).toString(),
                    // Qpid's own defaults are for a broker installed on its own
                    SystemConfig.INITIAL_SYSTEM_PROPERTIES_LOCATION, folder.write("system.properties", "").toString(),
                    SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT, false,
                    SystemConfig.CONTEXT, Map.of(SystemConfig.QPID_WORK_DIR, folder.path().toString())));
            var broker = started.broker();
            var host = broker.getChildren(VirtualHostNode.class).iterator().next().getVirtualHost();
            if (host == null || host.getState() != State.ACTIVE) {
                throw new Fault("The embedded broker cannot read its files in " + folder.path()
                        + ": the log above has the cause; make room on the disk or restore the folder from a backup.");
            }
            declare(host);
            emptyEarlierRetryQueues((QueueManagingVirtualHost<?>) host);
            var bound = (AmqpPort<?>) broker.getChildren(Port.class).iterator().next();
            if (bound.getState() != State.ACTIVE) {
                throw new Fault("The embedded broker cannot listen on port " + port
                        + ": set safelight.broker.embedded-port to another one; 0 takes any free one.");
            }
            return new EmbeddedBroker(launcher, new RetryClock((QueueManagingVirtualHost<?>) host), password, bound.getBoundPort());
        } catch (Exception e) {
            launcher.shutdown();
            throw e instanceof RuntimeException unchecked ? unchecked : new Fault("The embedded broker did not start: " + e.getMessage()
                    + "; see its files in " + folder.path() + ".", e);
        }
    }

    private static String configuration(String password, int port) throws Exception {
        return Json.MAPPER.writeValueAsString(Map.of(
                "name", "safelight",
                "modelVersion", BrokerModel.MODEL_VERSION,
                "context", Map.of(
                        // no message ends by itself: what waits in a retry queue, the retry clock moves
                        "queue.minimumMessageTtl", Long.toString(Duration.ofDays(36_500).toMillis()),
                        // publishers are held back, and so uploads refused, when the disk is this full; Qpid's 90 would stop a large disk early
                        "store.filesystem.maxUsagePercent", "98"),
                "authenticationproviders", List.of(Map.of("name", "password", "type", "Plain",
                        // PLAIN needs TLS otherwise; nothing leaves loopback here
                        "secureOnlyMechanisms", List.of(),
                        "users", List.of(Map.of("name", USER, "type", "managed", "password", password)))),
                "ports", List.of(Map.of("name", "amqp", "type", "AMQP", "port", port, "bindingAddress", Loopback.HOST,
                        "protocols", List.of("AMQP_0_9_1"), "authenticationProvider", "password",
                        "virtualhostaliases", List.of(Map.of("name", "nameAlias", "type", "nameAlias"),
                                Map.of("name", "defaultAlias", "type", "defaultAlias")))),
                "virtualhostnodes", List.of(Map.of("name", HOST, "type", "JSON", "defaultVirtualHostNode", "true",
                        "virtualHostInitialConfiguration", Json.MAPPER.writeValueAsString(Map.of("type", "DERBY"))))));
    }

    /** Brings a virtual host, new or of an earlier version, to the topology. Queues are made after those they point to. */
    private static void declare(VirtualHost<?> host) {
        queue(host, Topology.UNROUTED, Map.of());
        for (var work : Topology.Work.values()) {
            queue(host, work.dead(), Map.of());
            work.retries().forEach(retry -> queue(host, retry.queue(), Map.of()));
            queue(host, work.queue(), Map.of(Queue.ALTERNATE_BINDING, Map.of("destination", work.dead()),
                    // with a limit, a message that a consumer refuses takes a place of its prefetch until the connection ends
                    Queue.MAXIMUM_DELIVERY_ATTEMPTS, 0));
        }
        exchange(host, Topology.UNROUTED, "fanout", Map.of()).bind(Topology.UNROUTED, "", Map.of(), false);
        var exchange = exchange(host, Topology.EXCHANGE, "topic", Map.of(Exchange.ALTERNATE_BINDING, Map.of("destination", Topology.UNROUTED)));
        for (var work : Topology.Work.values()) {
            for (var key : work.keys()) {
                exchange.bind(work.queue(), key, Map.of(), false);
            }
        }
    }

    private static Exchange<?> exchange(VirtualHost<?> host, String name, String type, Map<String, Object> attributes) {
        var exchange = host.getChildByName(Exchange.class, name);
        if (exchange == null) {
            var all = new HashMap<>(attributes);
            all.putAll(Map.of(Exchange.NAME, name, Exchange.TYPE, type, Exchange.DURABLE, true));
            exchange = host.createChild(Exchange.class, all);
        }
        return exchange;
    }

    /** Earlier versions had one retry queue for all delays; what waits there has waited long enough. */
    private static void emptyEarlierRetryQueues(QueueManagingVirtualHost<?> host) {
        for (var work : Topology.Work.values()) {
            var earlier = host.getChildByName(Queue.class, work.queue() + ".retry");
            if (earlier == null) {
                continue;
            }
            var to = host.getChildByName(Queue.class, work.queue());
            while (RetryClock.move(host, earlier, to, Long.MAX_VALUE) > 0) {
                // the next of them
            }
            earlier.delete();
        }
    }

    private static void queue(VirtualHost<?> host, String name, Map<String, Object> attributes) {
        var queue = host.getChildByName(Queue.class, name);
        if (queue == null) {
            var all = new HashMap<>(attributes);
            all.putAll(Map.of(Queue.NAME, name, Queue.DURABLE, true));
            host.createChild(Queue.class, all);
        } else {
            queue.setAttributes(attributes);
        }
    }

    @Override
    public String name() {
        return "broker";
    }

    @Override
    public String address() {
        return "amqp://" + Loopback.HOST + ":" + port + "/" + HOST;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("safelight.broker.uri", "amqp://" + USER + ":" + password + "@" + Loopback.HOST + ":" + port + "/" + HOST);
    }

    @Override
    public void close() {
        clock.close();
        launcher.shutdown();
    }

    /** Hears of the broker, and keeps the launcher's faults that would otherwise only be logged. */
    private static final class Started extends SystemLauncherListener.DefaultSystemLauncherListener {
        private SystemConfig<?> system;
        private RuntimeException failure;

        @Override
        public void onContainerResolve(SystemConfig<?> system) {
            this.system = system;
        }

        @Override
        public void errorOnStartup(RuntimeException e) {
            failure = e;
        }

        Broker<?> broker() {
            if (failure != null) {
                throw failure;
            }
            return (Broker<?>) system.getContainer();
        }
    }
}

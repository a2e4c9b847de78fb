package io.safelight.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.ShutdownSignalException;
import io.safelight.app.Definitions.Difference;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.model.Topology;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** {@code ./safelight topology}: compares all of a RabbitMQ with the definitions file, and makes a queue anew that differs. */
public final class TopologyCommand {
    private static final String USAGE = """
            usage: topology [--recreate NAME]
              Compares the broker at safelight.broker.uri with config/rabbitmq-definitions.json, one line a difference; with
              safelight.broker.management-url bindings and policies too. --recreate makes a queue anew, with its messages.""";
    private static final Logger LOG = Logger.getLogger(TopologyCommand.class);
    private static final long CONFIRM_MILLIS = 30_000;
    /** Messages moved under one confirm. */
    private static final int MOST_AT_ONCE = 200;
    /** RabbitMQ counts whoever took a message as a consumer until it has dealt with the acknowledgement: ourselves too. */
    private static final int MOST_LOOKS = 20;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
    /** In which what the broker routed by a binding is in the queue, after the binding has gone. */
    private static final Duration ON_THE_WAY = Duration.ofSeconds(1);

    private final Definitions expected;
    private final Connection connection;

    TopologyCommand(Definitions expected, Connection connection) {
        this.expected = expected;
        this.connection = connection;
    }

    public static void main(String[] arguments) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        System.exit(run(Main.settings().build(), List.of(arguments), System.out));
    }

    /**
     * @param settings without the mapping, whose classes are there in a running application only
     * @return the exit code: 0 where nothing differs, or what differed was made anew; 1 otherwise; 2 where it could not be looked
     */
    static int run(SmallRyeConfig settings, List<String> arguments, PrintStream out) {
        boolean recreate = arguments.size() == 2 && arguments.getFirst().equals("--recreate");
        if (!recreate && !arguments.isEmpty()) {
            out.println(USAGE);
            return 2;
        }
        try {
            String uri = settings.getOptionalValue("safelight.broker.uri", String.class).orElse(SafelightConfig.EMBEDDED);
            if (uri.equals(SafelightConfig.EMBEDDED)) {
                throw new Fault("The embedded broker needs no check; to look at another one, set safelight.broker.uri (SAFELIGHT_BROKER_URI).");
            }
            Definitions expected = Definitions.read(Path.of(settings.getOptionalValue("safelight.home", String.class).orElse("")));
            ConnectionFactory user = Broker.client(uri);
            try (Connection connection = user.newConnection("safelight topology")) {
                TopologyCommand command = new TopologyCommand(expected, connection);
                return recreate ? command.recreate(arguments.getLast(), out) : command.check(settings.getOptionalValue("safelight.broker.management-url", String.class), user, out);
            }
        } catch (SafelightException | ShutdownSignalException | IOException | TimeoutException e) {
            LOG.debug("as it was thrown", e);
            out.println(e instanceof SafelightException ? e.getMessage() : "The broker did not do it: " + TopologyCheck.reason(e));
            return 2;
        }
    }

    private int check(Optional<String> management, ConnectionFactory user, PrintStream out) throws IOException {
        Declarations declarations = new Declarations(connection);
        List<Difference> differences = new ArrayList<>(declarations.halfDone(expected.queues().keySet()));
        if (management.isPresent()) {
            differences.addAll(expected.differences(Management.definitions(management.get(), user)));
        } else {
            differences.addAll(declarations.differences(expected));
            out.println(declarations.mayConfigure() ? "Bindings and policies were not looked at: set safelight.broker.management-url to have them compared too."
                    : "Only that exchanges and queues are there was checked: this user may not configure. Take another one, or set safelight.broker.management-url.");
        }
        differences.forEach(out::println);
        out.printf("%d differences from %s%n", differences.size(), Definitions.FILE);
        return differences.isEmpty() ? 0 : 1;
    }

    private int recreate(String name, PrintStream out) throws IOException, TimeoutException {
        if (!expected.queues().containsKey(name)) {
            throw new Fault("%s has no queue called '%s'; how an exchange is made anew is in docs/production.md.".formatted(Definitions.FILE, name));
        }
        try (Channel channel = connection.createChannel()) {
            out.printf("The queue %s was made anew, with its %d messages.%n", name, recreateQueue(channel, name));
            return 0;
        }
    }

    /** Where the messages of a queue are while it is made anew. */
    static String spare(String queue) {
        return queue + ".moving";
    }

    /**
     * Through a queue beside it, which takes its place meanwhile. A message may be there twice afterwards, none is lost; stopped
     * halfway, it is done by doing it again.
     *
     * @return how many messages were moved back
     */
    private long recreateQueue(Channel channel, String name) throws IOException, TimeoutException {
        List<JsonNode> bindings = expected.bindings(b -> b.path("destination").asText().equals(name));
        String spare = spare(name);
        channel.confirmSelect();
        requireNobodyConsumes("");
        requireSomewhereToGo(expected.queues().get(name).path("arguments").path("x-dead-letter-routing-key").asText());
        // as the queue of the unrouted, which keeps everything and leads nowhere
        Declarations.declareQueue(channel, spare, expected.queues().get(Topology.UNROUTED));
        bind(channel, bindings, spare);
        if (!isMissing(name)) {
            unbind(channel, bindings, name);
            moveAll(channel, name, spare);
            requireNobodyConsumes(" Until then the messages of %s are in %s.".formatted(name, spare));
            channel.queueDelete(name);
        }
        Declarations.declareQueue(channel, name, expected.queues().get(name));
        bind(channel, bindings, name);
        unbind(channel, bindings, spare);
        long moved = moveAll(channel, spare, name);
        channel.queueDelete(spare);
        return moved;
    }

    private static void bind(Channel channel, List<JsonNode> bindings, String queue) throws IOException {
        for (JsonNode binding : bindings) {
            channel.queueBind(queue, binding.path("source").asText(), binding.path("routing_key").asText());
        }
    }

    private static void unbind(Channel channel, List<JsonNode> bindings, String queue) throws IOException {
        for (JsonNode binding : bindings) {
            channel.queueUnbind(queue, binding.path("source").asText(), binding.path("routing_key").asText());
        }
    }

    private boolean isMissing(String queue) throws IOException {
        return !new Declarations(connection).missing(Stream.empty(), Stream.of(queue)).isEmpty();
    }

    /** Who consumes publishes to retry and dead queues by name, and a message to a name that is not there is dropped; and what a consumer has in hand goes with its queue. */
    private void requireNobodyConsumes(String until) throws IOException, TimeoutException {
        for (String queue : expected.queues().keySet()) {
            for (int look = 0; consumers(queue) > 0; look++) {
                if (look == MOST_LOOKS) {
                    throw new Fault("The queue %s has consumers. Stop processing, moderation and metadata, do this again, and start them afterwards; ingress may go on, serving too.%s".formatted(queue, until));
                }
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            }
        }
    }

    private int consumers(String queue) throws IOException, TimeoutException {
        if (isMissing(queue)) {
            return 0;
        }
        try (Channel channel = connection.createChannel()) {
            return channel.queueDeclarePassive(queue).getConsumerCount();
        }
    }

    /** What expired in a queue and cannot leave it is out of reach here, and would go with it. */
    private void requireSomewhereToGo(String next) throws IOException {
        if (!next.isEmpty() && isMissing(next)) {
            throw new Fault("The queue %s, to which messages go from there, is missing: run scripts/setup-rabbitmq first.".formatted(next));
        }
    }

    /** Of a queue from which the bindings were taken. */
    private static long moveAll(Channel channel, String from, String to) throws IOException, TimeoutException {
        long all = move(channel, from, to);
        long late;
        do {
            LockSupport.parkNanos(ON_THE_WAY.toNanos());
            late = move(channel, from, to);
            all += late;
        } while (late > 0);
        return all;
    }

    private static long move(Channel channel, String from, String to) throws IOException, TimeoutException {
        long moved = 0;
        while (true) {
            GetResponse last = null;
            for (int i = 0; i < MOST_AT_ONCE; i++) {
                GetResponse message = channel.basicGet(from, false);
                if (message == null) {
                    break;
                }
                last = message;
                // where it goes it is not to end by itself
                channel.basicPublish("", to, message.getProps().builder().expiration(null).deliveryMode(2).build(), message.getBody());
                moved++;
            }
            if (last == null) {
                return moved;
            }
            confirm(channel, to);
            channel.basicAck(last.getEnvelope().getDeliveryTag(), true);
        }
    }

    private static void confirm(Channel channel, String to) throws IOException, TimeoutException {
        try {
            if (!channel.waitForConfirms(CONFIRM_MILLIS)) {
                throw new Fault("The queue %s takes no more; what is left stays where it is. Make room, or raise its limit, and do this again.".formatted(to));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

package io.safelight.bench;

import static io.safelight.bench.KernelBench.inTurn;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.safelight.app.BrokerConnections;
import io.safelight.camel.BrokerAlarm;
import io.safelight.camel.Events;
import io.safelight.camel.QueueConsumers;
import io.safelight.config.SafelightConfig;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Step;
import io.safelight.model.Topology;
import io.safelight.servers.RabbitMqServer;
import io.safelight.store.Keys;
import io.safelight.testing.CamelSettings;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.UUID;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.opentest4j.TestAbortedException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** Publications that RabbitMQ confirms, by the kamelet that announces an upload, beside RabbitMQ's bare client; quorum queues, no consumers. */
public final class PublishBench implements AutoCloseable {
    private static final int CONCURRENT = 50;
    private static final String OURS = "event-publish-sink, %d exchanges at once".formatted(CONCURRENT);
    private static final String WINDOW = "bare client, a window of %d".formatted(CONCURRENT);
    private static final String ONE = "bare client, one confirm awaited at a time";
    /** Events a second. */
    private static final double BAR = 500;
    private static final int EVENTS = 10_000;
    private static final int EVENTS_ONE_AT_A_TIME = EVENTS / 10;
    private static final int WARM_UPS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ACCEPTED = Topology.Work.PROCESSING.keys().getFirst();

    private final Options options;
    private final Report report = new Report("publish");
    private final Random random = new Random(1);
    private final Connection bare;
    private final Channel queues;
    private final CachingConnectionFactory connections;
    private final CamelContext camel;
    private final ProducerTemplate producer;
    private final ExecutorService exchanges = Executors.newFixedThreadPool(CONCURRENT);

    private PublishBench(Options options, RabbitMqServer broker) throws Exception {
        this.options = options;
        broker.setUp("/");
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        bare = factory.newConnection();
        queues = bare.createChannel();
        SmallRyeConfig settings = new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters()
                .withMapping(SafelightConfig.class).withValidateUnknown(false)
                .withSources(new PropertiesConfigSource(Path.of("config/application.properties").toUri().toURL(), 260),
                        new PropertiesConfigSource(Map.of("safelight.broker.uri", broker.uri(), "safelight.groups", "ingress"), "bench", 500))
                .build();
        connections = BrokerConnections.of(settings.getConfigMapping(SafelightConfig.class));
        camel = camel(settings);
        producer = camel.createProducerTemplate();
    }

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args, 5);
        try (RabbitMqServer broker = RabbitMqServer.start(); PublishBench bench = new PublishBench(options, broker)) {
            bench.run();
        } catch (TestAbortedException e) {
            Options.fail("There is nothing to publish to. " + e.getMessage());
        }
        // clients leave threads behind
        System.exit(0);
    }

    /** The kamelets, the settings of {@code config/} and the beans that the kamelet names. */
    private CamelContext camel(SmallRyeConfig settings) {
        CamelContext context = new DefaultCamelContext();
        CamelSettings.addTo(context, settings);
        context.getRegistry().bind("connections", connections);
        context.getRegistry().bind("queueConsumers", new QueueConsumers());
        context.getRegistry().bind("events", new Events(new BrokerAlarm()));
        CamelSettings.configure(context, settings, Set.of("kamelet", "spring-rabbitmq")::contains);
        context.start();
        return context;
    }

    private void run() {
        report.say("rounds", options.rounds());
        report.say("events a round", "%d, one at a time %d".formatted(EVENTS, EVENTS_ONE_AT_A_TIME));
        Map<String, Supplier<Double>> contenders = new LinkedHashMap<>();
        contenders.put(OURS, () -> rate(EVENTS, this::byKamelet));
        contenders.put(WINDOW, () -> rate(EVENTS, this::byWindow));
        contenders.put(ONE, () -> rate(EVENTS_ONE_AT_A_TIME, this::oneAtATime));
        for (int i = 0; i < WARM_UPS; i++) {
            inTurn(contenders, i);
        }
        Report.Section section = Report.Section.higherIsBetter("Events accepted, confirmed by two quorum queues", "events a second");
        List<Double> ours = new ArrayList<>();
        for (int round = 0; round < options.rounds(); round++) {
            Map<String, Double> rates = inTurn(contenders, round);
            rates.forEach(section::add);
            ours.add(rates.get(OURS));
        }
        report.add(section);
        double median = Report.median(ours);
        report.say("ours", Report.format("%.0f events a second (bar ≥ %.0f: %s)", median, BAR, median >= BAR ? "met" : "MISSED"));
        report.write();
    }

    private interface Publisher {
        void publish(List<Event> events) throws Exception;
    }

    /** Events a second; what was confirmed has to be in the queues, which are empty again afterwards. */
    private double rate(int count, Publisher publisher) {
        List<Event> events = Stream.generate(this::event).limit(count).toList();
        try {
            long start = System.nanoTime();
            publisher.publish(events);
            double seconds = (System.nanoTime() - start) / 1e9;
            for (Topology.Work work : List.of(Topology.Work.PROCESSING, Topology.Work.METADATA)) {
                int arrived = queues.queuePurge(work.queue()).getMessageCount();
                if (arrived != count) {
                    throw new IllegalStateException("%d events were confirmed and %d are in the queue %s".formatted(count, arrived, work.queue()));
                }
            }
            return count / seconds;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Event event() {
        UUID id = Ids.timeOrdered();
        byte[] digest = new byte[32];
        random.nextBytes(digest);
        Instant now = Instant.now();
        return Event.of(id, HexFormat.of().formatHex(digest, 0, 16),
                new Fact.Accepted("camera-01.jpg", "http", Format.JPEG, 2_345_678, 4000, 3000, false, null), new Step("receive", now.minusMillis(40), now))
                .withObject(Keys.raw(id), HexFormat.of().formatHex(digest));
    }

    private void byKamelet(List<Event> events) throws Exception {
        List<Callable<Void>> calls = events.stream().map(event -> (Callable<Void>) () -> {
            Exchange exchange = producer.request("kamelet:event-publish-sink", e -> e.getMessage().setBody(event));
            if (exchange.getException() != null) {
                throw exchange.getException();
            }
            return null;
        }).toList();
        for (var call : exchanges.invokeAll(calls)) {
            call.get();
        }
    }

    private void oneAtATime(List<Event> events) throws Exception {
        try (Channel channel = bare.createChannel()) {
            channel.confirmSelect();
            for (Event event : events) {
                publish(channel, event);
                channel.waitForConfirmsOrDie(PATIENCE.toMillis());
            }
        }
    }

    private void byWindow(List<Event> events) throws Exception {
        Semaphore window = new Semaphore(CONCURRENT);
        NavigableSet<Long> open = new ConcurrentSkipListSet<>();
        try (Channel channel = bare.createChannel()) {
            channel.confirmSelect();
            channel.addConfirmListener((tag, multiple) -> {
                NavigableSet<Long> confirmed = multiple ? open.headSet(tag, true) : open.subSet(tag, true, tag, true);
                for (Long one = confirmed.pollFirst(); one != null; one = confirmed.pollFirst()) {
                    window.release();
                }
            }, (tag, multiple) -> channel.abort());
            for (Event event : events) {
                acquire(window, 1);
                open.add(channel.getNextPublishSeqNo());
                publish(channel, event);
            }
            acquire(window, CONCURRENT);
        }
    }

    private static void acquire(Semaphore window, int permits) throws InterruptedException {
        if (!window.tryAcquire(permits, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("a publication of the bare client was not confirmed");
        }
    }

    private static void publish(Channel channel, Event event) throws IOException {
        BasicProperties properties = new BasicProperties.Builder().contentType("application/json").deliveryMode(2)
                .messageId(UUID.randomUUID().toString()).headers(Map.of("trace", event.trace())).build();
        channel.basicPublish(Topology.EXCHANGE, ACCEPTED, properties, Json.MAPPER.writeValueAsBytes(event));
    }

    @Override
    public void close() throws Exception {
        exchanges.shutdown();
        camel.close();
        connections.destroy();
        bare.close();
    }
}

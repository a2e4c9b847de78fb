package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import io.safelight.error.Fault;
import io.safelight.model.Topology;
import io.safelight.model.Topology.Work;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    @TempDir
    static Path temp;
    static EmbeddedBroker broker;

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(DataFolder.open(temp.resolve("shared")), 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void emptyQueues() throws Exception {
        try (var amqp = connect(broker)) {
            for (var work : Work.values()) {
                for (var queue : work.queues()) {
                    amqp.channel.queuePurge(queue);
                }
            }
            amqp.channel.queuePurge(Topology.UNROUTED);
        }
    }

    @Test
    void eachRoutingKeyReachesExactlyTheQueuesBoundForIt() throws Exception {
        try (var amqp = connect(broker)) {
            for (var key : Arrays.stream(Work.values()).flatMap(w -> w.keys().stream()).collect(Collectors.toSet())) {
                amqp.publish(Topology.EXCHANGE, key, key);
                for (var work : Work.values()) {
                    assertEquals(work.keys().contains(key) ? 1 : 0, amqp.ready(work.queue()), work + " after " + key);
                    amqp.channel.queuePurge(work.queue());
                }
            }
            assertEquals(0, amqp.ready(Topology.UNROUTED));
        }
    }

    @Test
    void anEventThatNoQueueIsBoundForIsKept() throws Exception {
        try (var amqp = connect(broker)) {
            amqp.publish(Topology.EXCHANGE, "image.to-come", "nobody listens");
            assertEquals("nobody listens", amqp.take(Topology.UNROUTED));
        }
    }

    @Test
    void aRetriedMessageComesBackToTheWorkQueueAfterTheDelayOfItsQueue() throws Exception {
        try (var amqp = connect(broker)) {
            long started = System.nanoTime();
            for (var retry : Work.MODERATION.retries().reversed()) {
                amqp.publish("", retry.queue(), retry.queue());
            }
            for (var retry : Work.MODERATION.retries().subList(0, 2)) {
                assertEquals(retry.queue(), amqp.take(Work.MODERATION.queue()), "a long delay does not hold up a short one");
                var waited = Duration.ofNanos(System.nanoTime() - started);
                assertTrue(waited.plusMillis(50).compareTo(retry.delay()) >= 0, () -> retry + " let it go after " + waited);
            }
            for (var retry : Work.MODERATION.retries().subList(2, 4)) {
                assertEquals(1, amqp.ready(retry.queue()), retry.queue());
            }
        }
    }

    @Test
    void anExpirationThatAMessageBringsMeansNothing() throws Exception {
        try (var amqp = connect(broker)) {
            amqp.publish("", Work.MODERATION.dead(), "was late once", "1");
            assertEquals("was late once", amqp.take(Work.MODERATION.dead()));
        }
    }

    @Test
    void aMessageGivenBackComesAgainAndOneRefusedWaitsForAnotherConsumer() throws Exception {
        var seen = new LinkedBlockingQueue<String>();
        try (var amqp = connect(broker); var other = connect(broker)) {
            amqp.channel.basicQos(1);
            amqp.channel.basicConsume(Work.MODERATION.queue(), false, (tag, message) -> {
                var body = new String(message.getBody(), StandardCharsets.UTF_8);
                seen.add(body);
                amqp.channel.basicNack(message.getEnvelope().getDeliveryTag(), false, body.equals("given back"));
            }, tag -> {});
            other.publish(Topology.EXCHANGE, "image.rendered", "refused");
            assertEquals("refused", seen.poll(20, TimeUnit.SECONDS));
            other.publish(Topology.EXCHANGE, "image.rendered", "given back");
            for (int i = 0; i < 2 * Topology.DELIVERY_LIMIT; i++) {
                assertEquals("given back", seen.poll(20, TimeUnit.SECONDS), "the refused message holds up no other");
            }
        }
        try (var amqp = connect(broker)) {
            assertEquals(Set.of("refused", "given back"), Set.of(amqp.take(Work.MODERATION.queue()), amqp.take(Work.MODERATION.queue())));
            assertEquals(0, amqp.ready(Work.MODERATION.dead()), "dead letters are published, with their cause, not left to the broker");
        }
    }

    @Test
    void aConsumerThatDropsOffGivesItsMessageBack() throws Exception {
        try (var amqp = connect(broker)) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "half done");
            amqp.get(Work.MODERATION.queue());
        }
        try (var amqp = connect(broker)) {
            var again = amqp.get(Work.MODERATION.queue());
            assertEquals("half done", Amqp.text(again));
            assertTrue(again.getEnvelope().isRedeliver());
        }
    }

    @Test
    void strangersAreTurnedAway() {
        var uri = broker.settings().get("safelight.broker.uri");
        assertThrows(PossibleAuthenticationFailureException.class, () -> new Amqp(uri.replaceFirst(":[0-9a-f]{64}@", ":guess@")).close());
        assertThrows(PossibleAuthenticationFailureException.class, () -> new Amqp(uri.replaceFirst("safelight:[0-9a-f]{64}@", "guest:guest@")).close());
    }

    @Test
    void onlyLoopbackIsListenedOn() throws Exception {
        var port = Integer.parseInt(broker.address().replaceAll(".*:(\\d+)/.*", "$1"));
        assertEquals(Set.of("127.0.0.1"), Listening.addresses(port));
    }

    @Test
    void theBrokerLeavesNothingOutsideItsFolder() {
        assertFalse(Files.exists(Path.of("derby.log")));
        assertFalse(Files.exists(Path.of("work")));
    }

    @Test
    void messagesAndLaterAdditionsToTheTopologySurviveARestart() throws Exception {
        var folder = DataFolder.open(temp.resolve("restart"));
        try (var first = EmbeddedBroker.start(folder, 0); var amqp = connect(first)) {
            amqp.publish(Topology.EXCHANGE, "image.accepted", "kept");
            amqp.publish("", Work.PROCESSING.retries().getFirst().queue(), "delayed");
            amqp.channel.queueDelete(Work.METADATA.retries().getFirst().queue());
            amqp.channel.exchangeDelete(Topology.EXCHANGE);
        }
        try (var second = EmbeddedBroker.start(folder, 0); var amqp = connect(second)) {
            assertEquals("kept", amqp.take(Work.PROCESSING.queue()));
            assertEquals("delayed", amqp.take(Work.PROCESSING.queue()));
            amqp.publish("", Work.METADATA.retries().getFirst().queue(), "as of an older version");
            amqp.publish(Topology.EXCHANGE, "image.scanned", "bound again");
            Awaitility.await().atMost(Amqp.PATIENCE).until(() -> amqp.ready(Work.METADATA.queue()) == 3);
        }
    }

    @Test
    void whatWaitsInTheOneRetryQueueOfAnEarlierVersionGoesBackToItsWorkQueue() throws Exception {
        var folder = DataFolder.open(temp.resolve("earlier"));
        try (var first = EmbeddedBroker.start(folder, 0); var amqp = connect(first)) {
            amqp.channel.queueDeclare("moderation.retry", true, false, false, Map.of());
            for (int i = 0; i < 700; i++) {
                amqp.channel.basicPublish("", "moderation.retry", MessageProperties.PERSISTENT_TEXT_PLAIN, String.valueOf(i).getBytes());
            }
            amqp.channel.waitForConfirmsOrDie(Amqp.PATIENCE.toMillis());
        }
        try (var second = EmbeddedBroker.start(folder, 0); var amqp = connect(second)) {
            assertEquals(700, amqp.ready("moderation"));
            assertEquals("0", amqp.take("moderation"));
            assertThrows(IOException.class, () -> amqp.channel.queueDeclarePassive("moderation.retry"), "it is gone");
        }
    }

    @Test
    void aPortInUseIsNamedWithTheKeyThatChangesIt() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var fault = assertThrows(Fault.class, () -> EmbeddedBroker.start(DataFolder.open(temp.resolve("port")), taken.getLocalPort()));
            assertTrue(fault.getMessage().contains("safelight.broker.embedded-port"), fault.getMessage());
        }
    }

    private static Amqp connect(EmbeddedBroker broker) throws Exception {
        return new Amqp(broker.settings().get("safelight.broker.uri"));
    }
}

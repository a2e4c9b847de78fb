package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.MessageProperties;
import io.safelight.model.Topology;
import io.safelight.model.Topology.Work;
import io.safelight.servers.RabbitMqServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code config/rabbitmq-definitions.json} on a real RabbitMQ: what the embedded broker's test asks, asked of the other one. */
class RabbitMqTopologyIT {
    /** What a full queue has refused the broker offers it again after this long: dead_letter_worker_publisher_confirm_timeout. */
    private static final Duration TO_TRY_AGAIN = Duration.ofMinutes(3);

    static RabbitMqServer server;

    @BeforeAll
    static void start() throws Exception {
        server = RabbitMqServer.start();
        importDefinitions();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void emptyQueues() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            for (var work : Work.values()) {
                for (var queue : work.queues()) {
                    amqp.channel.queuePurge(queue);
                }
            }
        }
    }

    @Test
    void theDefinitionsCanBeImportedAgain() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "kept");
            importDefinitions();
            assertEquals("kept", amqp.take(Work.MODERATION.queue()));
        }
    }

    @Test
    void eachRoutingKeyReachesExactlyTheQueuesBoundForIt() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            for (var key : Arrays.stream(Work.values()).flatMap(w -> w.keys().stream()).collect(Collectors.toSet())) {
                amqp.publish(Topology.EXCHANGE, key, key);
                for (var work : Work.values()) {
                    if (work.keys().contains(key)) {
                        assertEquals(key, amqp.take(work.queue()));
                    }
                    assertNull(amqp.channel.basicGet(work.queue(), true), work + " after " + key);
                }
            }
        }
    }

    @Test
    void anEventThatNoQueueIsBoundForIsKept() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.to-come", "nobody listens");
            assertEquals("nobody listens", amqp.take(Topology.UNROUTED));
        }
    }

    @Test
    void aRetriedMessageComesBackToTheWorkQueueAfterTheDelayOfItsQueue() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            long started = System.nanoTime();
            for (var retry : Work.MODERATION.retries().reversed()) {
                amqp.publish("", retry.queue(), retry.queue());
            }
            for (var retry : Work.MODERATION.retries()) {
                var back = Awaitility.await().atMost(retry.delay().plus(Amqp.PATIENCE)).until(() -> amqp.channel.basicGet(Work.MODERATION.queue(), true), m -> m != null);
                var waited = Duration.ofNanos(System.nanoTime() - started);
                assertEquals(retry.queue(), Amqp.text(back), "a long delay does not hold up a short one");
                assertTrue(waited.plusMillis(50).compareTo(retry.delay()) >= 0, () -> retry + " let it go after " + waited);
            }
        }
    }

    @Test
    void aMessageThatReturnsToAFullWorkQueueWaitsUntilThereIsRoom() throws Exception {
        server.control("set_policy", "--priority", "9", "--apply-to", "queues", "small", "^processing$", "{\"max-length\":1}");
        try (var amqp = new Amqp(server.uri())) {
            awaitFull(amqp);
            amqp.publish("", Work.PROCESSING.retries().getFirst().queue(), "back again");
            server.control("clear_policy", "small");
            Awaitility.await().atMost(TO_TRY_AGAIN.plus(Amqp.PATIENCE)).until(() -> amqp.channel.basicGet(Work.PROCESSING.queue(), true),
                    message -> message != null && "back again".equals(Amqp.text(message)));
        } finally {
            clearPolicy();
        }
    }

    @Test
    void aFullQueueRefusesAPublicationAndLosesNothingThatItTook() throws Exception {
        server.control("set_policy", "--priority", "9", "--apply-to", "queues", "small", "^processing$", "{\"max-length\":5}");
        try (var amqp = new Amqp(server.uri())) {
            var confirmed = awaitFull(amqp);
            assertEquals(confirmed, amqp.ready(Work.PROCESSING.queue()));
            for (int i = 0; i < confirmed; i++) {
                assertEquals(String.valueOf(i), amqp.take(Work.PROCESSING.queue()));
            }
            amqp.publish(Topology.EXCHANGE, "image.accepted", "there is room again");
            assertEquals(0, amqp.ready(Work.PROCESSING.dead()), "refused, not given up");
        } finally {
            clearPolicy();
        }
    }

    /** Publishes 0, 1, 2, … to processing until one is refused. @return how many were confirmed */
    private static int awaitFull(Amqp amqp) throws Exception {
        for (int i = 0; i < 10_000; i++) {
            amqp.channel.basicPublish(Topology.EXCHANGE, "image.accepted", MessageProperties.PERSISTENT_TEXT_PLAIN, String.valueOf(i).getBytes());
            if (!amqp.channel.waitForConfirms(Amqp.PATIENCE.toMillis())) {
                return i;
            }
        }
        throw new AssertionError("10,000 messages, and the queue is not full");
    }

    private static void clearPolicy() throws Exception {
        if (server.control("list_policies").contains("small")) {
            server.control("clear_policy", "small");
        }
    }

    @Test
    void aRefusedMessageEndsInTheDeadQueue() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "poison");
            amqp.channel.basicNack(amqp.get(Work.MODERATION.queue()).getEnvelope().getDeliveryTag(), false, false);
            var dead = amqp.get(Work.MODERATION.dead());
            assertEquals("poison", Amqp.text(dead));
            assertTrue(dead.getProps().getHeaders().get("x-death").toString().contains("rejected"));
        }
    }

    @Test
    void aMessageWhoseConsumersDieEndsInTheDeadQueue() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "poison");
        }
        for (int i = 0; i <= Topology.DELIVERY_LIMIT; i++) {
            try (var amqp = new Amqp(server.uri())) {
                amqp.get(Work.MODERATION.queue());
            }
        }
        try (var amqp = new Amqp(server.uri())) {
            var dead = amqp.get(Work.MODERATION.dead());
            assertEquals("poison", Amqp.text(dead));
            Map<?, ?> last = (Map<?, ?>) ((List<?>) dead.getProps().getHeaders().get("x-death")).getFirst();
            assertEquals(List.of("moderation", "delivery_limit"), List.of(last.get("queue").toString(), last.get("reason").toString()));
            assertInstanceOf(Date.class, last.get("time"), "by which a redelivery of the dead letter is known");
        }
    }

    @Test
    void aDeadLetterIsNeverGivenUp() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish("", Work.MODERATION.dead(), "keep me");
            for (int i = 0; i < 2 * Topology.DELIVERY_LIMIT; i++) {
                amqp.channel.basicNack(amqp.get(Work.MODERATION.dead()).getEnvelope().getDeliveryTag(), false, true);
            }
            assertEquals("keep me", amqp.take(Work.MODERATION.dead()));
        }
    }

    private static void importDefinitions() throws Exception {
        server.control("import_definitions", Path.of("config/rabbitmq-definitions.json").toAbsolutePath().toString());
        try (var amqp = new Amqp(server.uri())) {
            Awaitility.await().atMost(Amqp.PATIENCE).until(() -> amqp.channel.queueDeclarePassive(Topology.UNROUTED) != null);
        }
    }
}

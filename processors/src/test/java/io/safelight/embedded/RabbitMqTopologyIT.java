package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.model.Topology;
import io.safelight.model.Topology.Work;
import io.safelight.servers.RabbitMqServer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code config/rabbitmq-definitions.json} on a real RabbitMQ: what the embedded broker's test asks, asked of the other one. */
class RabbitMqTopologyIT {
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
                amqp.channel.queuePurge(work.queue());
                amqp.channel.queuePurge(work.retry());
                amqp.channel.queuePurge(work.dead());
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
    void aRetriedMessageComesBackToTheWorkQueueAfterItsOwnDelay() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish("", Work.MODERATION.retry(), "soon", "300");
            amqp.publish("", Work.MODERATION.retry(), "late", "600000");
            var back = amqp.get(Work.MODERATION.queue());
            assertEquals("soon", Amqp.text(back));
            assertNull(back.getProps().getExpiration(), "it does not expire again in the work queue");
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
            assertEquals("poison", amqp.take(Work.MODERATION.dead()));
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

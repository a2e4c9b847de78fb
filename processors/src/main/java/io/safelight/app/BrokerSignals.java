package io.safelight.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.scale.Backlog;
import io.safelight.scale.Signal;
import io.safelight.scale.Signals;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/**
 * Signals of RabbitMQ. Its management API knows messages in hand and counts what came and went, but up to 5 seconds late; how many are
 * ready the broker itself says at once. Of the two that say how many are ready, the larger is believed.
 */
record BrokerSignals(String management, CachingConnectionFactory connections) implements Signals {
    @Override
    public Signal look(String queue) {
        JsonNode told = Management.queue(management, connections.getRabbitConnectionFactory(), queue);
        JsonNode counts = told.path("message_stats");
        return new Signal(new Backlog(Math.max(ready(queue), told.path("messages_ready").asLong()), told.path("messages_unacknowledged").asLong()),
                counts.path("publish").asLong(), counts.path("ack").asLong(), told.path("consumers").asInt());
    }

    /** @return messages that nobody has yet, as of now */
    long ready(String queue) {
        try (Channel channel = connections.createConnection().createChannel(false)) {
            return channel.messageCount(queue);
        } catch (AmqpException | IOException | TimeoutException | ShutdownSignalException e) {
            if (String.valueOf(TopologyCheck.reason(e)).contains("NOT_FOUND")) {
                throw new Rejected(Code.NOT_FOUND, "The broker has no queue of that name; ./safelight topology tells what is missing.", e);
            }
            throw new Unavailable("The broker does not say how many messages are ready: %s. Look whether it runs.".formatted(TopologyCheck.reason(e)), e);
        }
    }
}

package io.safelight.it;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.embedded.Amqp;
import io.safelight.servers.RabbitMqServer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts what RabbitMQ delivers to consumers, and what of it not for the first time, by its own tracer. */
final class Firehose implements AutoCloseable {
    private static final String DELIVERED = "deliver.";

    private final Amqp amqp;
    private final Map<String, Integer> delivered = new ConcurrentHashMap<>();
    private final Map<String, Integer> again = new ConcurrentHashMap<>();

    /** Counts on channels that are opened from now on. */
    Firehose(RabbitMqServer broker) throws Exception {
        broker.control("trace_on");
        amqp = new Amqp(broker.uri());
        String queue = amqp.channel.queueDeclare().getQueue();
        amqp.channel.queueBind(queue, "amq.rabbitmq.trace", DELIVERED + "#");
        amqp.channel.basicConsume(queue, true, (tag, message) -> count(message.getEnvelope().getRoutingKey(), message.getProperties()), tag -> { });
    }

    private void count(String key, BasicProperties properties) {
        String queue = key.substring(DELIVERED.length());
        delivered.merge(queue, 1, Integer::sum);
        if (properties.getHeaders().get("redelivered") instanceof Number n && n.intValue() == 1) {
            again.merge(queue, 1, Integer::sum);
        }
    }

    int delivered(String queue) {
        return delivered.getOrDefault(queue, 0);
    }

    /** From all queues. */
    int redelivered() {
        return again.values().stream().mapToInt(Integer::intValue).sum();
    }

    void reset() {
        delivered.clear();
        again.clear();
    }

    @Override
    public void close() throws Exception {
        amqp.close();
    }
}

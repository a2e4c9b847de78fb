package io.safelight.embedded;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A plain AMQP client, as far as the tests need one. */
public final class Amqp implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Connection connection;
    public final Channel channel;

    public Amqp(String uri) throws Exception {
        var factory = new ConnectionFactory();
        factory.setUri(uri);
        factory.setAutomaticRecoveryEnabled(false);
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.confirmSelect();
    }

    /** Publishes a persistent message and waits for the broker's confirm. */
    public void publish(String exchange, String key, String body) throws Exception {
        publish(exchange, key, body, null);
    }

    /** @param expiration milliseconds the message waits, or null */
    public void publish(String exchange, String key, String body, String expiration) throws Exception {
        var properties = new BasicProperties.Builder().deliveryMode(2).contentType("application/json").expiration(expiration).build();
        channel.basicPublish(exchange, key, properties, body.getBytes(StandardCharsets.UTF_8));
        channel.waitForConfirmsOrDie(PATIENCE.toMillis());
    }

    /** The next message of the queue, not yet acknowledged. */
    public GetResponse get(String queue) {
        return Awaitility.await().atMost(PATIENCE).until(() -> channel.basicGet(queue, false), m -> m != null);
    }

    /** The body of the next message of the queue, acknowledged. */
    public String take(String queue) throws Exception {
        var message = get(queue);
        channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
        return text(message);
    }

    public long ready(String queue) throws Exception {
        return channel.messageCount(queue);
    }

    public static String text(GetResponse message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws Exception {
        connection.abort();
    }
}

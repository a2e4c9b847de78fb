package io.safelight.chaos;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import io.safelight.embedded.Amqp;
import io.safelight.model.Topology;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Hears every event in a queue of its own and sends a tenth of them once more, to all that hear it. */
final class Copies implements AutoCloseable {
    private static final String QUEUE = "chaos.copies";
    private static final String MARK = "chaos-copy";
    private static final int ONE_IN = 10;

    private final String uri;
    private final SplittableRandom random;
    private final Thread thread;
    private final AtomicInteger sent = new AtomicInteger();
    private volatile boolean over;

    Copies(String brokerUri, long seed) {
        this.uri = brokerUri;
        this.random = new SplittableRandom(seed);
        this.thread = Thread.ofPlatform().daemon().name("copies").start(this::run);
    }

    int sent() {
        return sent.get();
    }

    private void run() {
        while (!over) {
            try (var amqp = new Amqp(uri)) {
                amqp.channel.queueDeclare(QUEUE, true, false, false, Map.of());
                for (var work : Topology.Work.values()) {
                    for (String key : work.keys()) {
                        amqp.channel.queueBind(QUEUE, Topology.EXCHANGE, key);
                    }
                }
                while (!over) {
                    GetResponse heard = amqp.channel.basicGet(QUEUE, false);
                    if (heard == null) {
                        Pause.millis(50);
                    } else {
                        copy(amqp, heard);
                    }
                }
            } catch (Exception e) {
                Pause.millis(500);
            }
        }
    }

    private void copy(Amqp amqp, GetResponse heard) throws Exception {
        BasicProperties properties = heard.getProps();
        Map<String, Object> headers = properties.getHeaders() == null ? new HashMap<>() : new HashMap<>(properties.getHeaders());
        if (!headers.containsKey(MARK) && random.nextInt(ONE_IN) == 0) {
            headers.put(MARK, 1);
            amqp.channel.basicPublish(Topology.EXCHANGE, heard.getEnvelope().getRoutingKey(), properties.builder().headers(headers).build(), heard.getBody());
            amqp.channel.waitForConfirmsOrDie(Amqp.PATIENCE.toMillis());
            sent.incrementAndGet();
        }
        amqp.channel.basicAck(heard.getEnvelope().getDeliveryTag(), false);
    }

    @Override
    public void close() throws Exception {
        over = true;
        thread.join();
        try (var amqp = new Amqp(uri)) {
            amqp.channel.queueDelete(QUEUE);
        }
    }
}

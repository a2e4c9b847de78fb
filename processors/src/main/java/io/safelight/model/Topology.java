package io.safelight.model;

import java.util.List;

/**
 * Names and bindings of the message broker, the one source for what is declared on the embedded broker and in
 * {@code config/rabbitmq-definitions.json}. Work arrives through the topic exchange; retry and dead queues are
 * published to by their name, through the default exchange.
 */
public final class Topology {
    /** The topic exchange of every event. */
    public static final String EXCHANGE = "safelight";
    /** Where an event goes that no queue is bound for: nothing is dropped in silence. */
    public static final String UNROUTED = "safelight.unrouted";
    /** Deliveries after which the broker itself gives a message up; tries that a route counts end well before. */
    public static final int DELIVERY_LIMIT = 20;

    private Topology() {}

    /** A queue that a group works from, with the queues beside it. */
    public enum Work {
        PROCESSING("processing", "image.accepted"),
        /** Huge or progressive input and backfill, kept out of the way of the rest. */
        PROCESSING_SLOW("processing.slow", "image.accepted.slow"),
        MODERATION("moderation", "image.rendered"),
        /** Hears every event, so that none of ours is ever unrouted; a withdrawal that was cut short is finished when it is heard again. */
        METADATA("metadata", "image.accepted", "image.accepted.slow", "image.rendered", "image.scanned", "image.rejected",
                "image.published", "image.withdrawn");

        private final String queue;
        private final List<String> keys;

        Work(String queue, String... keys) {
            this.queue = queue;
            this.keys = List.of(keys);
        }

        public String queue() {
            return queue;
        }

        /** Routing keys bound to the queue, without wildcards. */
        public List<String> keys() {
            return keys;
        }

        /** Where a message waits for its own AMQP {@code expiration}, then goes back to {@link #queue()}. */
        public String retry() {
            return queue + ".retry";
        }

        /** Where a message ends that cannot be processed. */
        public String dead() {
            return queue + ".dead";
        }
    }
}

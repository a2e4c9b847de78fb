package io.safelight.model;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

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

    /** Before the first, the second, … try again; before every further one the last. */
    private static final List<Duration> DELAYS = LongStream.of(1, 5, 20, 60).mapToObj(Duration::ofSeconds).toList();

    /** What RabbitMQ, and Qpid after it, write beside a message that they deliver again or put aside. */
    private static final Pattern BROKERS_HEADER = Pattern.compile("x-death|x-(first|last)-death-(exchange|queue|reason)|x-(delivery|acquired)-count");

    private Topology() {}

    /** Whether the broker gave the message this header; every other one is its publisher's, also where it begins with {@code x-}. */
    public static boolean isBrokersHeader(String name) {
        return BROKERS_HEADER.matcher(name).matches();
    }

    /**
     * Where a message of a work queue waits, and after how long it goes back there. One queue for each delay: RabbitMQ lets go of
     * a message only at the head of its queue, so that in a queue of several delays a short one waits for a long one.
     */
    public record Retry(String queue, Duration delay) {
        /** @param attempts that failed by now, 1 or more */
        public static Retry after(int attempts, String work) {
            return of(work, DELAYS.get(Math.clamp(attempts, 1, DELAYS.size()) - 1));
        }

        private static Retry of(String work, Duration delay) {
            return new Retry(work + ".retry." + delay.toSeconds() + "s", delay);
        }
    }

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

        /** Where a message waits to go back to {@link #queue()}, the shortest delay first. */
        public List<Retry> retries() {
            return DELAYS.stream().map(delay -> Retry.of(queue, delay)).toList();
        }

        /** Where a message ends that cannot be processed. */
        public String dead() {
            return queue + ".dead";
        }

        /** The queue and all beside it. */
        public List<String> queues() {
            return Stream.concat(Stream.of(queue, dead()), retries().stream().map(Retry::queue)).toList();
        }
    }
}

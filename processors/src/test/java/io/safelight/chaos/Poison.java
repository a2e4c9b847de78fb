package io.safelight.chaos;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.safelight.chaos.Ledger.Entry;
import io.safelight.chaos.Ledger.Kind;
import io.safelight.embedded.Amqp;
import io.safelight.model.Ids;
import io.safelight.model.Topology.Work;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/** Messages that no consumer can do anything with, each in another way. */
final class Poison {
    /**
     * @param cause words that the dead letter's message has to have
     * @param trace that the message names in a header, and its body where it has one
     */
    record Dose(Work queue, String body, String cause, String trace) {}

    private Poison() {}

    static Dose dose(int number, String id) {
        String trace = id.replace("-", "");
        return switch (number % 5) {
            case 0 -> new Dose(Work.PROCESSING, "no event at all, " + id, "not an event of the contract", trace);
            case 1 -> new Dose(Work.MODERATION, "{\"v\":2,\"id\":\"%s\",\"trace\":\"%s\",\"fact\":{\"kind\":\"published\"}}".formatted(id, trace), "lacks v=1", trace);
            case 2 -> new Dose(Work.METADATA, "{\"v\":1,\"id\":\"%s\",\"trace\":\"%s\",\"fact\":{\"kind\":\"adored\"}}".formatted(id, trace), "not an event of the contract", trace);
            case 3 -> new Dose(Work.METADATA, ("{\"v\":1,\"id\":\"%s\",\"trace\":\"%s\",\"sha256\":\"none\","
                    + "\"fact\":{\"kind\":\"rejected\"}}").formatted(id, trace), "cannot be believed", trace);
            default -> new Dose(Work.PROCESSING_SLOW, "[" + "\"" + id + "\"]", "not an event of the contract", trace);
        };
    }

    /** Publishes until the broker has confirmed. Sent twice for want of an answer, it is the same message twice. */
    static Entry give(long seed, int number, String brokerUri) {
        String id = Ids.nameBased("chaos-poison", String.valueOf(seed), String.valueOf(number)).toString();
        Instant sent = Instant.now();
        Dose dose = dose(number, id);
        var properties = new BasicProperties.Builder().deliveryMode(2).contentType("application/json").messageId(id).headers(Map.of("trace", dose.trace())).build();
        for (int attempt = 1; ; attempt++) {
            try (var amqp = new Amqp(brokerUri)) {
                amqp.channel.basicPublish("", dose.queue().queue(), properties, dose.body().getBytes(StandardCharsets.UTF_8));
                amqp.channel.waitForConfirmsOrDie(Amqp.PATIENCE.toMillis());
                return new Entry(Kind.POISON, number, id, sent, Instant.now());
            } catch (Exception e) {
                if (attempt == 200) {
                    throw new IllegalStateException("the broker takes no message", e);
                }
                Pause.millis(500);
            }
        }
    }
}

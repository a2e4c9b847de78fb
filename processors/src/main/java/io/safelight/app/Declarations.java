package io.safelight.app;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.safelight.app.Definitions.Difference;
import io.safelight.model.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Exchanges and queues by AMQP, which can say whether one is there and, to who may configure, whether it is another one than asked for. */
final class Declarations {
    /** As RabbitMQ says it: {@code received the value '1000' of type 'signedint' but current is none}, and shorter in some versions. */
    private static final Pattern DIFFERS = Pattern.compile("inequivalent arg '([^']+)' for .*: received (.*) but current is (.*)");
    private static final Pattern QUOTED = Pattern.compile("'([^']*)'");

    private final Connection connection;
    private boolean mayConfigure = true;

    Declarations(Connection connection) {
        this.connection = connection;
    }

    /** False once the broker has refused to compare for want of the right to configure. */
    boolean mayConfigure() {
        return mayConfigure;
    }

    /** Those that are not there. */
    List<Difference> missing(Stream<String> exchanges, Stream<String> queues) throws IOException {
        List<Difference> missing = new ArrayList<>();
        for (String name : exchanges.toList()) {
            ask("exchange " + name, channel -> channel.exchangeDeclarePassive(name), missing);
        }
        for (String name : queues.toList()) {
            ask("queue " + name, channel -> channel.queueDeclarePassive(name), missing);
        }
        return missing;
    }

    /** What making queues anew has left, as it was stopped halfway. */
    List<Difference> halfDone(Collection<String> queues) throws IOException {
        List<String> missing = missing(Stream.empty(), queues.stream().map(TopologyCommand::spare)).stream().map(Difference::what).toList();
        return queues.stream().filter(queue -> !missing.contains("queue " + TopologyCommand.spare(queue))).map(Difference::halfDone).toList();
    }

    /**
     * Missing or different; of what differs, the first setting. What is there is declared again as it should be, which changes
     * nothing: what is the same is confirmed, what is not is refused.
     */
    List<Difference> differences(Definitions expected) throws IOException {
        List<Difference> differences = missing(expected.exchanges().keySet().stream(), expected.queues().keySet().stream());
        List<String> missing = differences.stream().map(Difference::what).toList();
        for (var exchange : expected.exchanges().entrySet()) {
            String what = "exchange " + exchange.getKey();
            if (mayConfigure && !missing.contains(what)) {
                ask(what, channel -> declareExchange(channel, exchange.getValue()), differences);
            }
        }
        for (var queue : expected.queues().entrySet()) {
            String what = "queue " + queue.getKey();
            if (mayConfigure && !missing.contains(what)) {
                ask(what, channel -> declareQueue(channel, queue.getKey(), queue.getValue()), differences);
            }
        }
        return differences;
    }

    static Object declareExchange(Channel channel, JsonNode exchange) throws IOException {
        return channel.exchangeDeclare(exchange.path("name").asText(), exchange.path("type").asText(), exchange.path("durable").asBoolean(),
                exchange.path("auto_delete").asBoolean(), exchange.path("internal").asBoolean(), arguments(exchange));
    }

    static Object declareQueue(Channel channel, String name, JsonNode queue) throws IOException {
        return channel.queueDeclare(name, queue.path("durable").asBoolean(), false, queue.path("auto_delete").asBoolean(), arguments(queue));
    }

    private static Map<String, Object> arguments(JsonNode of) {
        return Json.MAPPER.convertValue(of.path("arguments"), new TypeReference<>() {});
    }

    private interface Question {
        Object to(Channel channel) throws IOException;
    }

    private void ask(String what, Question question, List<Difference> differences) throws IOException {
        // a refusal ends the channel, so each question has its own; it is a raw one, as Spring's would log the refusal
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection has no channel left");
        }
        try {
            question.to(channel);
        } catch (IOException e) {
            if (!(e.getCause() instanceof ShutdownSignalException refusal && refusal.getReason() instanceof AMQP.Channel.Close close)) {
                throw e;
            }
            switch (close.getReplyCode()) {
                case AMQP.NOT_FOUND -> differences.add(Difference.missing(what));
                case AMQP.PRECONDITION_FAILED -> differences.add(difference(what, close.getReplyText()));
                case AMQP.ACCESS_REFUSED -> mayConfigure = false;
                default -> throw e;
            }
        } finally {
            close(channel);
        }
    }

    private static void close(Channel channel) throws IOException {
        try {
            channel.abort();
        } catch (AlreadyClosedException e) {
            // as it is after a refusal
        }
    }

    private static Difference difference(String what, String said) {
        Matcher matcher = DIFFERS.matcher(said);
        return matcher.find() ? Difference.of(what, matcher.group(1), value(matcher.group(2)), value(matcher.group(3)))
                : Difference.refused(what, said);
    }

    private static String value(String said) {
        Matcher quoted = QUOTED.matcher(said);
        return said.equals("none") ? "" : !quoted.find() ? said : quoted.group(1).isEmpty() ? "''" : quoted.group(1);
    }
}

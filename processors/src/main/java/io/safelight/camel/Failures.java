package io.safelight.camel;

import com.rabbitmq.client.ShutdownSignalException;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.error.Unavailable;
import io.safelight.model.Fact;
import io.safelight.model.Topology;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.jboss.logging.Logger;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What becomes of a message that failed: reject, retry or dead letter. The route configurations say which. */
@Named("failures")
@Singleton
public class Failures {
    private static final Logger LOG = Logger.getLogger(Failures.class);
    private static final int MAX_CAUSE = 1_000;
    private static final int MAX_ATTEMPT = 1_000_000;

    private final BrokerAlarm alarm;
    private final int attempts;
    private final Consumer<String> require;

    @Inject
    public Failures(BrokerAlarm alarm, SafelightConfig config, CachingConnectionFactory connections) {
        this(alarm, config.broker().attempts(), queue -> require(queue, connections));
    }

    /** @param require throws where there is no queue of the name */
    Failures(BrokerAlarm alarm, int attempts, Consumer<String> require) {
        this.alarm = alarm;
        this.attempts = attempts;
        this.require = require;
    }

    public boolean mayRetry(Exchange exchange) {
        return attempt(exchange) + 1 < attempts;
    }

    /** Addresses the message to a retry queue of the queue it came from: the later the attempt, the longer it waits there. */
    public void retry(Exchange exchange) {
        alarm.pass(exchange);
        int attempt = attempt(exchange) + 1;
        Topology.Retry retry = Topology.Retry.after(attempt, queue(exchange));
        LOG.infof("Attempt %d failed, the next in %d s: %s", attempt, retry.delay().toSeconds(), cause(exchange).getMessage());
        address(exchange, retry.queue(), attempt);
    }

    /** Addresses the message to its dead queue, and writes beside it why. */
    public void bury(Exchange exchange) {
        alarm.pass(exchange);
        Throwable cause = cause(exchange);
        Message message = exchange.getMessage();
        if (Trace.of(exchange) == null && message.getHeader(Properties.TRACE, String.class) != null) {
            // it failed before it was read, which begins the trace
            Trace.begin(exchange, message.getHeader(Properties.TRACE, String.class), null);
        }
        LOG.error("Dead letter", cause);
        address(exchange, queue(exchange) + ".dead", attempt(exchange) + 1);
        message.setHeader("queue", queue(exchange));
        message.setHeader("cause-class", cause.getClass().getName());
        message.setHeader("cause-message", abbreviate(String.valueOf(cause.getMessage())));
        message.setHeader("stack-digest", StackDigest.of(cause));
        message.setHeader("failed-at", Instant.now().toString());
    }

    /** @throws Unavailable where the queue that the message is addressed to is not there */
    public void require(@Header(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY) String queue) {
        require.accept(queue);
    }

    /** The event that tells why an accepted image is rejected after all. */
    public void refuse(Exchange exchange) {
        Problem problem = cause(exchange) instanceof NoSuchKeyException
                ? Problem.of(Code.NOT_FOUND, "The object to work on is not in the store any more, as after a withdrawal.")
                : Problem.of(cause(exchange));
        LOG.infof("Rejected as %s: %s", problem.code(), problem.detail());
        String step = Events.current(exchange).fact() instanceof Fact.Rendered ? "scan" : "process";
        exchange.getMessage().setBody(Events.next(exchange, step, new Fact.Refused(problem)));
    }

    private void address(Exchange exchange, String queue, int attempt) {
        require.accept(queue);
        Message message = exchange.getMessage();
        message.getHeaders().keySet().removeIf(Topology::isBrokersHeader);
        // how long it waits is the queue's own affair
        message.removeHeader(SpringRabbitMQConstants.EXPIRATION);
        message.setHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY, queue);
        message.setHeader(Properties.ATTEMPT, attempt);
    }

    /** A broker confirms a message to a queue that is not there, and drops it: rather let the message stay where it came from. */
    private static void require(String queue, CachingConnectionFactory connections) {
        try (var connection = connections.createConnection(); var channel = connection.createChannel(false)) {
            channel.queueDeclarePassive(queue);
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            throw new Unavailable("The queue %s cannot be reached, so the message stays where it is; if it is missing, run scripts/setup-rabbitmq.".formatted(queue), e);
        }
    }

    private static String queue(Exchange exchange) {
        return exchange.getProperty(Properties.QUEUE, String.class);
    }

    private static int attempt(Exchange exchange) {
        return counted(exchange.getProperty(Properties.ATTEMPT));
    }

    /** @param header whatever it says, the message has to get to its dead queue, and to be kept */
    static int counted(Object header) {
        return header instanceof Number n ? Math.clamp(n.longValue(), 0, MAX_ATTEMPT) : 0;
    }

    /** Whether it was the broker, the object store or a route that does not run, which the route configurations name in the same words. */
    static boolean isElsewhere(Throwable cause) {
        return cause instanceof AmqpException || cause instanceof ShutdownSignalException || cause instanceof TimeoutException || cause instanceof SdkException
                || cause instanceof DirectConsumerNotAvailableException;
    }

    static Throwable cause(Exchange exchange) {
        return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    }

    private static String abbreviate(String text) {
        return text.length() <= MAX_CAUSE ? text : text.substring(0, MAX_CAUSE) + "…";
    }
}

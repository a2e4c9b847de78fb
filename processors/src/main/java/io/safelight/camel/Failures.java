package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.intake.Digests;
import io.safelight.model.Fact;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.concurrent.TimeoutException;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.jboss.logging.Logger;
import org.springframework.amqp.AmqpException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** What becomes of a message that failed: reject, retry or dead letter. The route configurations say which. */
@Named("failures")
@Singleton
public class Failures {
    private static final Logger LOG = Logger.getLogger(Failures.class);
    private static final int MAX_CAUSE = 1_000;
    private static final int MAX_ATTEMPT = 1_000_000;
    private static final long FIRST_DELAY_MS = 1_000;
    private static final long MAX_DELAY_MS = 60_000;

    private final BrokerAlarm alarm;
    private final int attempts;

    public Failures(BrokerAlarm alarm, SafelightConfig config) {
        this.alarm = alarm;
        this.attempts = config.broker().attempts();
    }

    public boolean mayRetry(Exchange exchange) {
        return attempt(exchange) + 1 < attempts;
    }

    /** Addresses the message to its retry queue, with a delay that doubles from one second to one minute. */
    public void retry(Exchange exchange) {
        alarm.pass(exchange);
        int attempt = attempt(exchange) + 1;
        long delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS << Math.min(attempt - 1, 16));
        LOG.infof("Attempt %d failed, the next in %d ms: %s", attempt, delay, cause(exchange).getMessage());
        address(exchange, ".retry", attempt);
        exchange.getMessage().setHeader(SpringRabbitMQConstants.EXPIRATION, Long.toString(delay));
    }

    /** Addresses the message to its dead queue, and writes beside it why. */
    public void bury(Exchange exchange) {
        alarm.pass(exchange);
        Throwable cause = cause(exchange);
        LOG.error("Dead letter", cause);
        Message message = exchange.getMessage();
        address(exchange, ".dead", attempt(exchange) + 1);
        message.setHeader("queue", exchange.getProperty(Properties.QUEUE));
        message.setHeader("cause-class", cause.getClass().getName());
        message.setHeader("cause-message", abbreviate(String.valueOf(cause.getMessage())));
        message.setHeader("stack-digest", stackDigest(cause));
        message.setHeader("failed-at", Instant.now().toString());
        message.removeHeader(SpringRabbitMQConstants.EXPIRATION);
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

    private static void address(Exchange exchange, String suffix, int attempt) {
        Message message = exchange.getMessage();
        message.removeHeaders("x-*");
        message.setHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY, exchange.getProperty(Properties.QUEUE) + suffix);
        message.setHeader(Properties.ATTEMPT, attempt);
    }

    private static int attempt(Exchange exchange) {
        // whatever the header says, the message has to get to its dead queue
        return exchange.getProperty(Properties.ATTEMPT) instanceof Number n ? Math.clamp(n.longValue(), 0, MAX_ATTEMPT) : 0;
    }

    /** Whether it was the broker or the object store, which the route configurations name in the same words. */
    static boolean isElsewhere(Throwable cause) {
        return cause instanceof AmqpException || cause instanceof SdkException || cause instanceof TimeoutException;
    }

    static Throwable cause(Exchange exchange) {
        return exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
    }

    private static String abbreviate(String text) {
        return text.length() <= MAX_CAUSE ? text : text.substring(0, MAX_CAUSE) + "…";
    }

    /** Equal for failures at the same place: SHA-256 over the frames, without messages, 16 hex digits. */
    private static String stackDigest(Throwable cause) {
        MessageDigest digest = Digests.sha256();
        for (Throwable t = cause; t != null; t = t.getCause()) {
            digest.update(t.getClass().getName().getBytes(StandardCharsets.UTF_8));
            for (StackTraceElement frame : t.getStackTrace()) {
                digest.update(frame.toString().getBytes(StandardCharsets.UTF_8));
            }
        }
        return Digests.hex(digest).substring(0, 16);
    }
}

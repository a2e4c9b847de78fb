package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.ShutdownSignalException;
import io.safelight.error.Fault;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
    private final Failures failures = new Failures(new BrokerAlarm(), 10, queue -> {});

    static Stream<Arguments> attempts() {
        return Stream.of(Arguments.of(null, 1), Arguments.of(3, 4), Arguments.of(3L, 4), Arguments.of(-7, 1), Arguments.of("abc", 1),
                Arguments.of(Integer.MAX_VALUE, 1_000_001), Arguments.of(Long.MAX_VALUE, 1_000_001), Arguments.of(new byte[] {1}, 1));
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void aMessageGetsToItsDeadQueueWhateverItsHeadersSay(Object header, int attempt) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty(Properties.QUEUE, "moderation");
        exchange.getMessage().setHeader(SpringRabbitMQConstants.EXPIRATION, "16000");
        exchange.setProperty(Properties.ATTEMPT, header);
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, new Fault("x"));
        failures.bury(exchange);
        assertEquals("moderation.dead", exchange.getMessage().getHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY));
        assertEquals(attempt, exchange.getMessage().getHeader(Properties.ATTEMPT));
        assertEquals(attempt < 10, failures.mayRetry(exchange));
        failures.retry(exchange);
        assertEquals(attempt == 1 ? "moderation.retry.1s" : "moderation.retry.60s", exchange.getMessage().getHeader(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY));
        assertNull(exchange.getMessage().getHeader(SpringRabbitMQConstants.EXPIRATION), "the queue has the delay");
    }

    @Test
    void whatTheBrokerWroteBesideAMessageGoesAndWhatItsPublisherWroteStays() {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty(Properties.QUEUE, "moderation");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, new Fault("x"));
        Map<String, Object> theirs = Map.of("x-tenant", "acme", "x-delivery-note", 7, "X-Request-Id", "r");
        exchange.getMessage().setHeaders(new HashMap<>(theirs));
        for (String ours : List.of("x-death", "x-first-death-queue", "x-first-death-exchange", "x-last-death-reason", "x-delivery-count", "x-acquired-count")) {
            exchange.getMessage().setHeader(ours, "by the broker");
        }
        failures.retry(exchange);
        Map<String, Object> left = new HashMap<>(exchange.getMessage().getHeaders());
        left.keySet().removeAll(List.of(SpringRabbitMQConstants.ROUTING_OVERRIDE_KEY, Properties.ATTEMPT));
        assertEquals(theirs, left);
    }

    @Test
    void aConnectionThatWasLostAndARouteThatIsStoppedAreElsewhereAndNoFaultOfOurs() {
        assertTrue(Failures.isElsewhere(new AlreadyClosedException(new ShutdownSignalException(true, false, null, null))));
        assertTrue(Failures.isElsewhere(new DirectConsumerNotAvailableException("No consumers available on endpoint: direct:intake", null)));
        assertFalse(Failures.isElsewhere(new IllegalStateException("odd")));
    }
}

package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.BlockedListener;
import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.Connection;

class BrokerAlarmTest {
    private final BrokerAlarm alarm = new BrokerAlarm();
    private BlockedListener broker;
    private boolean open = true;

    private final Connection connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) ->
                switch (method.getName()) {
                    case "addBlockedListener" -> broker = (BlockedListener) arguments[0];
                    case "isOpen" -> open;
                    case "equals" -> self == arguments[0];
                    case "hashCode" -> System.identityHashCode(self);
                    default -> throw new UnsupportedOperationException(method.getName());
                });

    @BeforeEach
    void connect() {
        alarm.onCreate(connection);
    }

    private static Exchange exchange(String queue) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty(Properties.QUEUE, queue);
        return exchange;
    }

    @Test
    void whileItIsOnNothingThatWaitsForAnAnswerIsPublished() throws Exception {
        alarm.pass(exchange(null));
        broker.handleBlocked("low on memory");
        assertTrue(alarm.isOn());
        assertEquals(Code.UNAVAILABLE, assertThrows(Unavailable.class, () -> alarm.pass(exchange(null))).code());
        broker.handleUnblocked();
        alarm.pass(exchange(null));
    }

    @Test
    void whatCameFromAQueueIsPublishedWhenItIsOver() throws Exception {
        broker.handleBlocked("low on disk");
        AtomicReference<Exception> failure = new AtomicReference<>();
        Thread consumer = Thread.ofVirtual().start(() -> {
            try {
                alarm.pass(exchange("processing"));
            } catch (Exception e) {
                failure.set(e);
            }
        });
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> consumer.getState() == Thread.State.TIMED_WAITING);
        broker.handleUnblocked();
        assertTrue(consumer.join(Duration.ofSeconds(20)));
        assertEquals(null, failure.get());
    }

    @Test
    void itEndsWithTheConnectionItWasRaisedOn() throws IOException {
        broker.handleBlocked("low on memory");
        open = false;
        assertFalse(alarm.isOn());
    }

    @Test
    void itEndsWithTheConnectionAlsoWhereNobodyAskedBeforeTheNextOne() throws IOException {
        broker.handleBlocked("low on memory");
        // Spring keeps the object, and opens it again
        connect();
        assertFalse(alarm.isOn());
    }
}

package io.safelight.camel;

import com.rabbitmq.client.BlockedListener;
import io.safelight.error.Unavailable;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.springframework.amqp.rabbit.connection.Connection;
import org.springframework.amqp.rabbit.connection.ConnectionListener;

/**
 * Whether the broker has told us to publish nothing for now, as RabbitMQ does when its memory or its disk runs low. It reads nothing
 * more of such a connection, so that every publish would wait for its whole timeout.
 */
@Singleton
public class BrokerAlarm implements ConnectionListener {
    /** A connection that is lost tells nobody. */
    private static final long LOOK_MS = 1_000;

    private final Set<Connection> blocked = ConcurrentHashMap.newKeySet();

    @Override
    public void onCreate(Connection connection) {
        // the same object stands for each connection after another
        blocked.remove(connection);
        connection.addBlockedListener(new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                blocked.add(connection);
            }

            @Override
            public void handleUnblocked() {
                blocked.remove(connection);
                wake();
            }
        });
    }

    public boolean isOn() {
        blocked.removeIf(connection -> !connection.isOpen());
        return !blocked.isEmpty();
    }

    /** Why nothing can be announced; empty where it can. */
    Optional<Unavailable> refusal() {
        return isOn() ? Optional.of(new Unavailable("The broker takes no messages, as its memory or its disk runs low; send the request again later.", null))
                : Optional.empty();
    }

    /**
     * Call before a publish. What came from a queue waits for the end of the alarm: given back, it would only be done once more.
     *
     * @throws Unavailable where the message came another way, whose sender waits for an answer
     */
    void pass(Exchange exchange) {
        if (exchange.getProperty(Properties.QUEUE) == null) {
            Optional<Unavailable> refusal = refusal();
            if (refusal.isPresent()) {
                throw refusal.get();
            }
        } else {
            awaitEnd();
        }
    }

    private synchronized void awaitEnd() {
        try {
            while (isOn()) {
                wait(LOOK_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("The wait for the end of the broker's alarm was interrupted; try again.", e);
        }
    }

    private synchronized void wake() {
        notifyAll();
    }
}

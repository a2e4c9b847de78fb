package io.safelight.app;

import io.safelight.camel.BrokerAlarm;
import io.safelight.config.SafelightConfig;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** The application's own connection to its broker, for who measures without the container. */
public final class BrokerConnections {
    private BrokerConnections() {}

    public static CachingConnectionFactory of(SafelightConfig config) {
        return new Broker().connections(config, new BrokerAlarm());
    }
}

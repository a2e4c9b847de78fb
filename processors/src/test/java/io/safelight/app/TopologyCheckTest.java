package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.safelight.config.SafelightConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

class TopologyCheckTest {
    /** Taken away, as by whoever is about to replace it, once it was found open. */
    private static final class Replaced extends ConnectionFactory {
        private final CachingConnectionFactory shared = new CachingConnectionFactory(this);
        private int closed;

        private Replaced(int closed) {
            this.closed = closed;
            setAutomaticRecoveryEnabled(false);
        }

        @Override
        public Connection newConnection(ExecutorService executor, String name) {
            return (Connection) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Connection.class}, (self, method, arguments) ->
                    switch (method.getName()) {
                        case "isOpen" -> isOpen();
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> method.getReturnType() == int.class ? 0 : null;
                    });
        }

        private boolean isOpen() {
            if (closed-- > 0) {
                return false;
            }
            shared.resetConnection();
            return true;
        }
    }

    /** @param closed how often it is found closed before: with 2, it is taken away from who asks it for a channel */
    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aConnectionThatIsBeingReplacedIsAFaultUntilTheNextLook(int closed) {
        SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class).build().getConfigMapping(SafelightConfig.class);
        CachingConnectionFactory connections = new Replaced(closed).shared;
        assertEquals(List.of("The broker cannot be used: the connection to it is being replaced"), new TopologyCheck(config, () -> connections, Duration.ZERO).faults());
    }
}

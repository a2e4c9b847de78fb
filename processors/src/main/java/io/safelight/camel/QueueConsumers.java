package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.component.springrabbit.DefaultListenerContainerFactory;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/** Consumers that are back at work seconds after their broker is; the library would look every five. */
@Named("queueConsumers")
@Singleton
public class QueueConsumers extends DefaultListenerContainerFactory {
    private static final long LOOK_MS = 1_000;

    @Override
    public AbstractMessageListenerContainer createListenerContainer(SpringRabbitMQEndpoint endpoint) {
        AbstractMessageListenerContainer container = super.createListenerContainer(endpoint);
        container.setRecoveryInterval(LOOK_MS);
        container.setFailedDeclarationRetryInterval(LOOK_MS);
        return container;
    }
}

package io.safelight.camel;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.component.springrabbit.ListenerContainerFactory;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;

/** Consumers that leave with nothing on its way to them, and are back at work seconds after their broker is; the library would look every five. */
@Named("queueConsumers")
@Singleton
public class QueueConsumers implements ListenerContainerFactory {
    private static final long LOOK_MS = 1_000;

    /** As far as the kamelet of a queue sets the endpoint. */
    @Override
    public AbstractMessageListenerContainer createListenerContainer(SpringRabbitMQEndpoint endpoint) {
        var container = new QueueContainer(endpoint);
        container.setQueueNames(endpoint.getQueues().split(","));
        container.setAutoDeclare(endpoint.isAutoDeclare());
        container.setPrefetchCount(endpoint.getPrefetchCount());
        container.setAdviceChain(endpoint.getRetry());
        // the library's own acknowledges or drops what it takes for hopeless; here every failure gives the message back
        container.setErrorHandler(failure -> { });
        container.setShutdownTimeout(endpoint.getComponent().getShutdownTimeout());
        container.setRecoveryInterval(LOOK_MS);
        container.setFailedDeclarationRetryInterval(LOOK_MS);
        return container;
    }
}

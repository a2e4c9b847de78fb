package io.safelight.camel;

import com.rabbitmq.client.Channel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.component.springrabbit.CamelDirectMessageListenerContainer;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;

/**
 * A queue's consumers, which leave while each has its message in hand. A broker gives back, as delivered once, what it has on its
 * way to a consumer that cancels; to one with a prefetch of one and a message that is not acknowledged, nothing is on its way.
 */
class QueueContainer extends CamelDirectMessageListenerContainer {
    /** In which a message arrives that the broker had sent before. */
    private static final Duration ARRIVAL = Duration.ofMillis(200);

    private volatile CountDownLatch leaving = new CountDownLatch(0);

    QueueContainer(SpringRabbitMQEndpoint endpoint) {
        super(endpoint);
    }

    @Override
    protected void invokeListener(Channel channel, Object data) {
        try {
            super.invokeListener(channel, data);
        } finally {
            await(leaving);
        }
    }

    @Override
    protected void shutdownAndWaitOrCallback(Runnable callback) {
        if (isActive()) { // it does not leave, it has lost its broker
            super.shutdownAndWaitOrCallback(callback);
            return;
        }
        var ended = new CountDownLatch(1);
        leaving = new CountDownLatch(1);
        try {
            LockSupport.parkNanos(ARRIVAL.toNanos());
            // with one to call it returns when all are cancelled
            super.shutdownAndWaitOrCallback(callback == null ? ended::countDown : callback);
        } finally {
            leaving.countDown();
        }
        if (callback == null) {
            await(ended);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

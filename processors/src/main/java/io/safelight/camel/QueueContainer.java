package io.safelight.camel;

import com.rabbitmq.client.Channel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.camel.component.springrabbit.CamelDirectMessageListenerContainer;
import org.apache.camel.component.springrabbit.SpringRabbitMQEndpoint;

/**
 * A queue's consumers, which leave while each has its message in hand. A broker gives back, as delivered once, what it has on its
 * way to a consumer that cancels; to one with a prefetch of one and a message that is not acknowledged, nothing is on its way.
 */
class QueueContainer extends CamelDirectMessageListenerContainer {
    /** In so many turns on end a message arrives that the broker had sent before. */
    private static final int ARRIVAL = 20;
    private static final int MOST_TURNS = 3 * ARRIVAL;
    private static final Duration TURN = Duration.ofMillis(10);
    /** A turn that took longer is none: this process stood still, and what lies before it has not been read. */
    private static final Duration LONGEST_TURN = Duration.ofMillis(50);

    private final AtomicInteger arrived = new AtomicInteger();
    private volatile CountDownLatch leaving = new CountDownLatch(0);

    QueueContainer(SpringRabbitMQEndpoint endpoint) {
        super(endpoint);
    }

    @Override
    protected void invokeListener(Channel channel, Object data) {
        arrived.incrementAndGet();
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
            awaitArrival(arrived::get, System::nanoTime, LockSupport::parkNanos);
            // with one to call it returns when all are cancelled
            super.shutdownAndWaitOrCallback(callback == null ? ended::countDown : callback);
        } finally {
            leaving.countDown();
        }
        if (callback == null) {
            await(ended);
        }
    }

    /** Returns when nothing has arrived for a while, or in the end though something does. */
    static void awaitArrival(IntSupplier arrived, LongSupplier clock, LongConsumer park) {
        for (int turn = 0, quiet = 0; turn < MOST_TURNS && quiet < ARRIVAL; turn++) {
            int before = arrived.getAsInt();
            long began = clock.getAsLong();
            park.accept(TURN.toNanos());
            boolean none = arrived.getAsInt() == before && clock.getAsLong() - began <= LONGEST_TURN.toNanos();
            quiet = none ? quiet + 1 : 0;
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

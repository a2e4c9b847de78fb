package io.safelight.app;

import io.safelight.config.SafelightConfig;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;

/** The connection that every {@code spring-rabbitmq} endpoint finds by its type. */
@Singleton
public class Broker {
    /** Publishers at work at the same time; more than the consumers of a process and its concurrent uploads is waste. */
    private static final int CHANNELS = 128;

    @Produces
    @Singleton
    CachingConnectionFactory connections(SafelightConfig config) {
        CachingConnectionFactory factory = new CachingConnectionFactory(URI.create(config.broker().uri()));
        factory.setPublisherConfirmType(ConfirmType.CORRELATED);
        factory.setChannelCacheSize(CHANNELS);
        factory.setConnectionNameStrategy(f -> "safelight " + String.join(",", config.groups()));
        ThreadFactory threads = Thread.ofPlatform().daemon().name("amqp-", 0).factory();
        // one thread a busy consumer: the client's own pool has two per processor, and moderation waits with 32
        factory.setExecutor(Executors.newCachedThreadPool(threads));
        return factory;
    }

    void close(@Disposes CachingConnectionFactory factory) {
        factory.destroy();
    }
}

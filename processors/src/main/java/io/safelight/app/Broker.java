package io.safelight.app;

import com.rabbitmq.client.ConnectionFactory;
import io.safelight.camel.BrokerAlarm;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import javax.net.ssl.SSLContext;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;

/** The connection that every {@code spring-rabbitmq} endpoint finds by its type. */
@Singleton
public class Broker {
    /** Publishers at work at the same time; more than the consumers of a process and its concurrent uploads is waste. */
    private static final int CHANNELS = 128;
    private static final int CONNECT_MS = 3_000;

    /** Camel asks for it in every process; where no group needs a broker none was started, and this is never opened. */
    @Produces
    @Singleton
    CachingConnectionFactory connections(SafelightConfig config, BrokerAlarm alarm) {
        String uri = config.broker().uri();
        CachingConnectionFactory factory = uri.equals(SafelightConfig.EMBEDDED)
                ? new CachingConnectionFactory("none.invalid") : new CachingConnectionFactory(client(uri));
        factory.setPublisherConfirmType(ConfirmType.CORRELATED);
        factory.setConnectionTimeout(CONNECT_MS);
        factory.addConnectionListener(alarm);
        factory.setChannelCacheSize(CHANNELS);
        factory.setConnectionNameStrategy(f -> "safelight " + String.join(",", config.groups()));
        ThreadFactory threads = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name("amqp-", 0).factory();
        // one thread a busy consumer: the client's own pool has two per processor, and moderation waits with 32
        factory.setExecutor(Executors.newCachedThreadPool(threads));
        return factory;
    }

    /** Over TLS the server has to prove that it is who it is called: left to itself the client trusts whoever answers. */
    static ConnectionFactory client(String uri) {
        URI address = address(uri);
        ConnectionFactory client = new ConnectionFactory();
        try {
            if (address.getScheme().equals("amqps")) {
                client.useSslProtocol(SSLContext.getDefault());
                client.enableHostnameVerification();
            }
            client.setUri(address);
        } catch (URISyntaxException | GeneralSecurityException e) {
            throw new Fault("A connection to the address in safelight.broker.uri cannot be prepared: see the cause.", e);
        }
        // who uses it looks for the broker again by themselves
        client.setAutomaticRecoveryEnabled(false);
        return client;
    }

    private static URI address(String uri) {
        try {
            URI address = new URI(uri);
            if (address.getHost() != null && List.of("amqp", "amqps").contains(address.getScheme())) {
                return address;
            }
        } catch (URISyntaxException e) {
            // told below, without the words, which hold the password
        }
        throw new Fault("safelight.broker.uri is no AMQP address. Write it as amqp://user:secret@host:5672/vhost, "
                + "with %2F for a slash in a name or a password, or set it to 'embedded'.");
    }

    void close(@Disposes CachingConnectionFactory factory) {
        factory.destroy();
    }
}

package io.safelight.routes;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Consumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.AMQImpl;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;

/**
 * The far end of the AMQP client: what a broker would see and say, without a socket in between. Camel's component, Spring's
 * listener containers and templates in front of it are the real ones. A delivery runs on the thread that asks for it and
 * returns once it is settled.
 */
final class TestBroker {
    /** What becomes of a publication. */
    enum Answer {
        CONFIRM, REFUSE,
        /** No confirm in time. */
        SILENCE,
        /** The channel ends while the confirm is waited for. */
        CLOSED_CHANNEL,
        BROKEN_CONNECTION
    }

    enum Settled { ACKED, GIVEN_BACK, DROPPED }

    /** @param message as it would go over the wire */
    record Publication(String exchange, String key, BasicProperties properties, byte[] message) {
        String header(String name) {
            Object value = properties.getHeaders().get(name);
            return value == null ? null : value.toString();
        }
    }

    /** @param prefetch messages that the consumer takes ahead */
    private record Subscription(String queue, Consumer consumer, String tag, int prefetch, Map<Long, Settled> settled) {}

    private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();
    private final List<Publication> attempted = new CopyOnWriteArrayList<>();
    private final List<Publication> confirmed = new CopyOnWriteArrayList<>();
    private final AtomicLong tags = new AtomicLong();
    private volatile String missing;
    private volatile String fatal;
    private volatile Function<Publication, Answer> answers = any -> Answer.CONFIRM;

    /** As the application makes its own. */
    CachingConnectionFactory connections() {
        CachingConnectionFactory factory = new CachingConnectionFactory(new ConnectionFactory() {
            {
                setAutomaticRecoveryEnabled(false);
            }

            @Override
            public Connection newConnection(ExecutorService executor, String name) {
                return connection();
            }
        });
        factory.setPublisherConfirmType(ConfirmType.CORRELATED);
        return factory;
    }

    /** From now on, until {@link #calm}. */
    void answer(Function<Publication, Answer> answers) {
        this.answers = answers;
    }

    /** From now on, until {@link #calm}, the queue is not there: what is published to it by name is confirmed and lost. */
    void lack(String queue) {
        missing = queue;
    }

    /** From now on, until {@link #calm}, the connection is found closed when the queue is asked for. */
    void closeAt(String queue) {
        fatal = queue;
    }

    /** Every publication is confirmed again, and what was published is forgotten. */
    void calm() {
        missing = null;
        fatal = null;
        answers = any -> Answer.CONFIRM;
        attempted.clear();
        confirmed.clear();
    }

    /** What the broker confirmed to a publisher that waited for it, in that order. */
    List<Publication> published() {
        return List.copyOf(confirmed);
    }

    /** Confirmed or not. */
    List<Publication> attempted() {
        return List.copyOf(attempted);
    }

    List<String> queues() {
        return subscriptions.keySet().stream().sorted().toList();
    }

    int prefetch(String queue) {
        return subscriptions.get(queue).prefetch();
    }

    Settled deliver(String queue, byte[] body, BasicProperties properties) {
        return deliver(queue, queue, body, properties);
    }

    /** @param key with which the message was published */
    Settled deliver(String queue, String key, byte[] body, BasicProperties properties) {
        // containers subscribe in threads of their own
        Subscription to = Awaitility.await(queue).pollDelay(Duration.ZERO).until(() -> subscriptions.get(queue), Objects::nonNull);
        long tag = tags.incrementAndGet();
        try {
            to.consumer().handleDelivery(to.tag(), new Envelope(tag, false, "safelight", key), properties, body);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        Settled how = to.settled().remove(tag);
        if (how == null) {
            throw new IllegalStateException("neither acknowledged nor given back");
        }
        return how;
    }

    private Connection connection() {
        return proxy(Connection.class, (self, method, arguments) -> switch (method.getName()) {
            case "createChannel" -> channel((Connection) self);
            case "isOpen" -> true;
            default -> nothing(method);
        });
    }

    private Channel channel(Connection connection) {
        List<Publication> unconfirmed = new ArrayList<>();
        Map<Long, Settled> settled = new HashMap<>();
        int[] prefetch = {0};
        return proxy(Channel.class, (self, method, arguments) -> switch (method.getName()) {
            case "isOpen" -> true;
            case "getConnection" -> connection;
            case "queueDeclarePassive" -> declared((String) arguments[0]);
            case "basicQos" -> prefetch[0] = (int) arguments[0];
            case "basicConsume" -> subscribe((String) arguments[0], (Consumer) arguments[arguments.length - 1], prefetch[0], settled);
            case "basicAck" -> settled.put((Long) arguments[0], Settled.ACKED);
            case "basicNack" -> settled.put((Long) arguments[0], (boolean) arguments[2] ? Settled.GIVEN_BACK : Settled.DROPPED);
            case "basicPublish" -> publish((String) arguments[0], (String) arguments[1],
                    (BasicProperties) arguments[arguments.length - 2], (byte[]) arguments[arguments.length - 1], unconfirmed);
            case "waitForConfirms" -> confirm(unconfirmed);
            default -> nothing(method);
        });
    }

    private Object declared(String queue) throws IOException {
        if (queue.equals(missing)) {
            throw new IOException("NOT_FOUND - no queue '" + queue + "'");
        }
        if (queue.equals(fatal)) {
            throw new AlreadyClosedException(new ShutdownSignalException(true, false, null, null));
        }
        return new AMQImpl.Queue.DeclareOk(queue, 0, 1);
    }

    private String subscribe(String queue, Consumer consumer, int prefetch, Map<Long, Settled> settled) {
        String tag = "consumer-" + tags.incrementAndGet();
        subscriptions.put(queue, new Subscription(queue, consumer, tag, prefetch, settled));
        consumer.handleConsumeOk(tag);
        return tag;
    }

    private Object publish(String exchange, String key, BasicProperties properties, byte[] body, List<Publication> unconfirmed)
            throws IOException {
        Publication publication = new Publication(exchange, key, properties, body);
        attempted.add(publication);
        if (answers.apply(publication) == Answer.BROKEN_CONNECTION) {
            throw new IOException("connection reset");
        }
        unconfirmed.add(publication);
        return null;
    }

    private boolean confirm(List<Publication> unconfirmed) throws TimeoutException {
        List<Publication> waiting = List.copyOf(unconfirmed);
        unconfirmed.clear();
        for (Publication publication : waiting) {
            switch (answers.apply(publication)) {
                case CONFIRM -> confirmed.add(publication);
                case SILENCE -> throw new TimeoutException("no confirm came");
                case CLOSED_CHANNEL -> throw new ShutdownSignalException(false, false, null, null);
                default -> {
                    return false;
                }
            }
        }
        return true;
    }

    private static Object nothing(Method method) {
        Class<?> type = method.getReturnType();
        return type == boolean.class ? (Object) false : type == int.class ? (Object) 0 : type == long.class ? (Object) 0L : null;
    }

    private interface Behaviour {
        Object of(Object self, Method method, Object[] arguments) throws Exception;
    }

    private static <T> T proxy(Class<T> type, Behaviour behaviour) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) ->
                switch (method.getName()) {
                    case "equals" -> self == arguments[0];
                    case "hashCode" -> System.identityHashCode(self);
                    case "toString" -> type.getSimpleName();
                    default -> behaviour.of(self, method, arguments);
                }));
    }
}

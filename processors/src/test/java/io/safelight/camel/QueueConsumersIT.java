package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.embedded.Amqp;
import io.safelight.servers.RabbitMqServer;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.SuspendableService;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.kamelet.KameletComponent;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.component.springrabbit.SpringRabbitMQComponent;
import org.apache.camel.component.springrabbit.SpringRabbitMQConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** On a real RabbitMQ, with work so short that a message is nearly always on its way to each consumer. */
class QueueConsumersIT {
    private static final String QUEUE = "short-work";
    private static final int LEAVINGS = 12;
    private static final int BETWEEN = 40;

    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger redelivered = new AtomicInteger();

    @Test
    void consumersThatLeaveInTheMidstOfALoadGiveNothingBack() throws Exception {
        leaveAgainAndAgain(camel -> {
            var consumer = (SuspendableService) camel.getRoute(((KameletEndpoint) camel.getRoute(QUEUE).getEndpoint()).getRouteId()).getConsumer();
            consumer.suspend();
            consumer.resume();
        });
    }

    @Test
    void aRouteThatIsStoppedByHandTakesNothingAndGivesNothingBack() throws Exception {
        leaveAgainAndAgain(camel -> {
            camel.getRouteController().stopRoute(QUEUE);
            int then = taken.get();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            assertEquals(then, taken.get());
            camel.getRouteController().startRoute(QUEUE);
        });
    }

    private interface Leaving {
        void by(CamelContext camel) throws Exception;
    }

    private void leaveAgainAndAgain(Leaving leaving) throws Exception {
        try (var server = RabbitMqServer.start(); var amqp = new Amqp(server.uri()); var camel = new DefaultCamelContext()) {
            amqp.channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
            Thread.ofVirtual().start(() -> fill(amqp));
            camel.setRouteController(new RoutesWithSources(camel));
            camel.getShutdownStrategy().setTimeout(1);
            var component = new SpringRabbitMQComponent();
            component.setConnectionFactory(new CachingConnectionFactory(URI.create(server.uri())));
            component.setListenerContainerFactory(new QueueConsumers());
            camel.addComponent("spring-rabbitmq", component);
            camel.getComponent("kamelet", KameletComponent.class).setLocation("file:kamelets");
            camel.getRegistry().bind("giveBack", new GiveBack());
            camel.getRegistry().bind("wholeMessages", new WholeMessages());
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("kamelet:queue-source?queues=" + QUEUE + "&consumers=4").routeId(QUEUE).process(exchange -> {
                        taken.incrementAndGet();
                        if (exchange.getMessage().getHeader(SpringRabbitMQConstants.REDELIVERED, Boolean.class)) {
                            redelivered.incrementAndGet();
                        }
                    });
                }
            });
            camel.start();
            for (int i = 0; i < LEAVINGS; i++) {
                int before = taken.get();
                Awaitility.await().atMost(Amqp.PATIENCE).until(() -> taken.get() >= before + BETWEEN);
                leaving.by(camel);
            }
        }
        assertEquals(0, redelivered.get(), () -> "of " + taken + " messages");
    }

    private static void fill(Amqp amqp) {
        try {
            for (int i = 0; ; i++) {
                amqp.channel.basicPublish("", QUEUE, null, Integer.toString(i).getBytes());
                if (i % 1000 == 999) {
                    amqp.channel.waitForConfirmsOrDie();
                    Awaitility.await().forever().until(() -> amqp.ready(QUEUE) < 1000);
                }
            }
        } catch (Exception e) {
            // the connection is closed at the end
        }
    }
}

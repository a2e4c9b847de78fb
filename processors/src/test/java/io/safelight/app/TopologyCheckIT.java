package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.MessageProperties;
import io.safelight.camel.BrokerAlarm;
import io.safelight.config.SafelightConfig;
import io.safelight.embedded.Amqp;
import io.safelight.model.Topology;
import io.safelight.servers.RabbitMqServer;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/** What a start and {@code ./safelight topology} find at a real RabbitMQ, and how it is mended. */
class TopologyCheckIT {
    private static final String RETRY = Topology.Work.PROCESSING.retries().getFirst().queue();
    private static final String DIFFERS = "queue " + RETRY + " has x-message-ttl 7000, which should be 1000: ./safelight topology --recreate " + RETRY;

    static RabbitMqServer server;
    static String plain;
    static String watcher;

    @BeforeAll
    static void start() throws Exception {
        server = RabbitMqServer.start();
        plain = server.addUser("plain", "^$", ".*", ".*");
        watcher = server.addUser("watcher", "^$", "^safelight$", "^$");
        server.control("set_user_tags", "watcher", "management");
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void asTheFileSays() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.queueDelete(RETRY);
            amqp.channel.queueDelete(RETRY + ".moving");
        }
        importDefinitions();
    }

    private static void importDefinitions() throws Exception {
        server.control("import_definitions", Path.of(Definitions.FILE).toAbsolutePath().toString());
    }

    private static String management() {
        return "http://127.0.0.1:" + server.managementPort();
    }

    private static SmallRyeConfig settings(String uri, String... more) {
        Map<String, String> settings = new HashMap<>(Map.of("safelight.broker.uri", uri, "safelight.groups", "processing"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters().withSources(new PropertiesConfigSource(settings, "test", 100))
                .withMapping(SafelightConfig.class).build();
    }

    private static List<String> faults(SmallRyeConfig settings) {
        SafelightConfig config = settings.getConfigMapping(SafelightConfig.class);
        CachingConnectionFactory connections = new Broker().connections(config, new BrokerAlarm());
        try {
            return new TopologyCheck(config, () -> connections, Duration.ZERO).faults();
        } finally {
            connections.destroy();
        }
    }

    /** What one look leaves uncompared, as it is in the data of the readiness; empty where nothing. */
    private static String uncompared(SmallRyeConfig settings) {
        SafelightConfig config = settings.getConfigMapping(SafelightConfig.class);
        CachingConnectionFactory connections = new Broker().connections(config, new BrokerAlarm());
        try {
            HealthCheckResponse ready = new Readiness(config).broker(new TopologyCheck(config, () -> connections, Duration.ZERO)).call();
            assertEquals(HealthCheckResponse.Status.UP, ready.getStatus());
            return ready.getData().map(data -> data.get("uncompared").toString()).orElse("");
        } finally {
            connections.destroy();
        }
    }

    private static String command(int exit, SmallRyeConfig settings, String... arguments) {
        var said = new ByteArrayOutputStream();
        assertEquals(exit, TopologyCommand.run(settings, List.of(arguments), new PrintStream(said)), said::toString);
        return said.toString();
    }

    private static void otherDelay(String... messages) throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.queueDelete(RETRY);
            amqp.channel.queueDeclare(RETRY, true, false, false, Map.of("x-queue-type", "quorum", "x-delivery-limit", 1_000_000_000, "x-overflow", "reject-publish",
                    "x-dead-letter-exchange", "", "x-dead-letter-routing-key", "processing", "x-dead-letter-strategy", "at-least-once", "x-message-ttl", 7_000));
            for (String message : messages) {
                amqp.publish("", RETRY, message);
            }
        }
    }

    private static void without(String queue) throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.queueDelete(queue);
        }
    }

    @Test
    void nothingIsWrongWithWhatTheFileDeclares() {
        assertEquals(List.of(), faults(settings(server.uri())));
        assertEquals(List.of(), faults(settings(plain)));
        assertEquals(List.of(), faults(settings(watcher, "safelight.broker.management-url", management())));
        assertTrue(command(0, settings(server.uri(), "safelight.broker.management-url", management() + "/")).contains("0 differences"));
        assertTrue(command(0, settings(server.uri())).contains("0 differences"));
    }

    @Test
    void aMissingQueueIsNamedToWhoeverLooksAndNotMade() throws Exception {
        without(RETRY);
        List<String> missing = List.of("queue " + RETRY + " is missing: scripts/setup-rabbitmq");
        assertEquals(missing, faults(settings(plain)));
        assertEquals(missing, faults(settings(server.uri())));
        assertEquals(missing, faults(settings(watcher, "safelight.broker.management-url", management())));
        assertEquals(List.of(), faults(settings(plain, "safelight.groups", "moderation")), "another group can work");
        try (var amqp = new Amqp(server.uri())) {
            assertThrows(IOException.class, () -> amqp.channel.queueDeclarePassive(RETRY));
        }
    }

    @Test
    void anArgumentThatDiffersIsNamedToWhoMayConfigureAndToWhoMayAskTheManagement() throws Exception {
        otherDelay();
        assertEquals(List.of(DIFFERS), faults(settings(server.uri())));
        assertEquals(List.of(DIFFERS), faults(settings(watcher, "safelight.broker.management-url", management())));
        assertEquals(List.of(), faults(settings(plain)), "who may do neither works on");
        assertEquals(List.of(), faults(settings(plain, "safelight.broker.management-url", management())), "also where the management refuses");
        assertEquals(List.of(), faults(settings(server.uri(), "safelight.broker.management-url", "http://127.0.0.1:1")), "or is away");
        assertTrue(command(1, settings(server.uri())).contains(DIFFERS));
        assertTrue(command(1, settings(watcher, "safelight.broker.management-url", management())).contains(DIFFERS));
        assertTrue(command(2, settings(plain, "safelight.broker.management-url", management())).contains("give it the tag 'management'"));
    }

    @Test
    void whatCouldNotBeComparedIsToldByTheReadinessWithWhatToDo() throws Exception {
        otherDelay();
        String plainly = uncompared(settings(plain));
        assertTrue(plainly.contains("not how they were declared") && plainly.contains("safelight.broker.management-url"), plainly);
        String refused = uncompared(settings(plain, "safelight.broker.management-url", management()));
        assertTrue(refused.contains("not yet how they were declared") && refused.contains("'management'"), refused);
        asTheFileSays();
        assertTrue(uncompared(settings(server.uri())).contains("bindings and policies were not"));
        assertEquals("", uncompared(settings(watcher, "safelight.broker.management-url", management())));
    }

    @Test
    void theScriptThatSetsUpNamesWhatItCannotMend() throws Exception {
        server.setUp("/");
        otherDelay();
        String said = assertThrows(IOException.class, () -> server.setUp("/")).getMessage();
        assertTrue(said.contains("queue " + RETRY + " is another one") && said.contains("x-message-ttl") && said.contains("./safelight topology --recreate " + RETRY)
                && said.contains("1 differ on the virtual host /"), said);
    }

    @Test
    void aBindingThatIsMissingIsFoundByTheManagementAndAPolicyKeepsNobodyFromWork() throws Exception {
        server.control("set_policy", "--apply-to", "queues", "safelight-entrance", "^processing(\\.slow)?$", "{\"max-length\":10}");
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.queueUnbind("processing", Topology.EXCHANGE, "image.accepted");
        }
        SmallRyeConfig settings = settings(watcher, "safelight.broker.management-url", management());
        String binding = "binding safelight -image.accepted-> processing is missing: scripts/setup-rabbitmq";
        assertEquals(List.of(binding), faults(settings));
        String said = command(1, settings);
        assertTrue(said.contains(binding) && said.contains("policy safelight-entrance has max-length 10, which should be 1000000: scripts/setup-rabbitmq")
                && said.contains("policy safelight-entrance has no max-length-bytes"), said);
        importDefinitions();
        assertEquals(List.of(), faults(settings));
    }

    @Test
    void whatIsMendedIsRightAtTheNextLook() throws Exception {
        otherDelay();
        SmallRyeConfig settings = settings(server.uri());
        SafelightConfig config = settings.getConfigMapping(SafelightConfig.class);
        CachingConnectionFactory connections = new Broker().connections(config, new BrokerAlarm());
        try {
            var check = new TopologyCheck(config, () -> connections, Duration.ZERO);
            assertEquals(List.of(DIFFERS), check.faults());
            command(0, settings, "--recreate", RETRY);
            assertEquals(List.of(), check.faults());
            without(RETRY);
            assertEquals(1, check.faults().size(), "and looked at again each time");
        } finally {
            connections.destroy();
        }
    }

    @Test
    void aQueueIsMadeAnewWithItsMessages() throws Exception {
        otherDelay("one", "two");
        assertTrue(command(0, settings(server.uri()), "--recreate", RETRY).contains("made anew"));
        try (var amqp = new Amqp(server.uri())) {
            assertEquals(List.of("one", "two"), List.of(amqp.take("processing"), amqp.take("processing")), "and they come back after its delay");
            assertThrows(IOException.class, () -> amqp.channel.queueDeclarePassive(RETRY + ".moving"), "nothing is left over");
        }
    }

    @Test
    void aWorkQueueIsMadeAnewWithItsMessagesAndItsBindings() throws Exception {
        without("moderation");
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.queueDeclare("moderation", true, false, false, Map.of("x-queue-type", "quorum"));
            amqp.channel.queueBind("moderation", Topology.EXCHANGE, "image.rendered");
            for (int i = 0; i < 500; i++) {
                amqp.channel.basicPublish(Topology.EXCHANGE, "image.rendered", MessageProperties.PERSISTENT_TEXT_PLAIN, String.valueOf(i).getBytes());
            }
            amqp.channel.waitForConfirmsOrDie(Amqp.PATIENCE.toMillis());
        }
        SmallRyeConfig settings = settings(server.uri(), "safelight.groups", "moderation", "safelight.broker.management-url", management());
        assertEquals(List.of("x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-delivery-limit", "x-overflow"),
                faults(settings).stream().map(fault -> fault.replaceAll("queue moderation has no (\\S+), .*", "$1")).toList());
        assertTrue(command(0, settings, "--recreate", "moderation").contains("with its 500 messages"));
        assertEquals(List.of(), faults(settings));
        try (var amqp = new Amqp(server.uri())) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "500");
            for (int i = 0; i <= 500; i++) {
                assertEquals(String.valueOf(i), Amqp.text(amqp.channel.basicGet("moderation", true)));
            }
        }
    }

    @Test
    void nothingIsMadeAnewUnderAConsumerOrThatTheFileDoesNotName() throws Exception {
        otherDelay();
        SmallRyeConfig settings = settings(server.uri());
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.basicConsume("processing", (tag, message) -> { }, tag -> { });
            assertTrue(command(2, settings, "--recreate", RETRY).contains("The queue processing has consumers. Stop processing"));
        }
        assertTrue(command(2, settings, "--recreate", "nonsense").contains("has no queue called 'nonsense'"));
        assertEquals(List.of(DIFFERS), faults(settings));
    }

    @Test
    void anExchangeThatDiffersIsNamedAndMadeAnewByHand() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.exchangeDelete(Topology.EXCHANGE);
            amqp.channel.exchangeDeclare(Topology.EXCHANGE, "topic", true);
        }
        SmallRyeConfig settings = settings(server.uri());
        String fault = "exchange safelight has no alternate-exchange, which should be safelight.unrouted: delete it while nothing publishes, then scripts/setup-rabbitmq (docs/production.md)";
        assertEquals(List.of(fault), faults(settings));
        assertTrue(command(2, settings, "--recreate", Topology.EXCHANGE).contains("docs/production.md"));
        try (var amqp = new Amqp(server.uri())) {
            amqp.channel.exchangeDelete(Topology.EXCHANGE);
        }
        importDefinitions();
        assertTrue(command(0, settings(server.uri(), "safelight.broker.management-url", management())).contains("0 differences"));
    }

    @Test
    void whatWasNotMadeAnewToTheEndIsNamedAndDoneByDoingItAgain() throws Exception {
        try (var amqp = new Amqp(server.uri())) {
            Declarations.declareQueue(amqp.channel, RETRY + ".moving", Definitions.read(Path.of("")).queues().get(Topology.UNROUTED));
            amqp.publish("", RETRY + ".moving", "aside");
        }
        SmallRyeConfig settings = settings(server.uri());
        String fault = "queue %s was not made anew to the end, and %s.moving has its messages: ./safelight topology --recreate %s".formatted(RETRY, RETRY, RETRY);
        assertEquals(List.of(fault), faults(settings));
        assertEquals(List.of(fault), faults(settings(plain)));
        assertTrue(command(1, settings(watcher, "safelight.broker.management-url", management())).contains(fault));
        assertTrue(command(0, settings, "--recreate", RETRY).contains("with its 1 messages"));
        assertEquals(List.of(), faults(settings));
        try (var amqp = new Amqp(server.uri())) {
            assertEquals("aside", amqp.take("processing"));
        }
    }

    @Test
    void aConnectionThatWasLostIsOpenedAgainByWhoeverLooks() throws Exception {
        CachingConnectionFactory connections = new Broker().connections(settings(server.uri()).getConfigMapping(SafelightConfig.class), new BrokerAlarm());
        try {
            var check = new TopologyCheck(settings(server.uri()).getConfigMapping(SafelightConfig.class), () -> connections, Duration.ZERO);
            assertEquals(List.of(), check.faults());
            connections.createConnection().getDelegate().close();
            assertEquals(List.of(), check.faults());
        } finally {
            connections.destroy();
        }
    }

    @Test
    void whatCouldNotBeComparedAtTheStartIsComparedLater() throws Exception {
        otherDelay();
        SafelightConfig config = settings(watcher, "safelight.broker.management-url", management()).getConfigMapping(SafelightConfig.class);
        CachingConnectionFactory connections = new Broker().connections(config, new BrokerAlarm());
        server.control("set_user_tags", "watcher");
        try {
            var check = new TopologyCheck(config, () -> connections, Duration.ZERO);
            assertEquals(List.of(), check.faults());
            server.control("set_user_tags", "watcher", "management");
            assertEquals(List.of(DIFFERS), check.faults());
        } finally {
            server.control("set_user_tags", "watcher", "management");
            connections.destroy();
        }
    }

    @Test
    void aBrokerThatIsAwayIsSaidInItsOwnWords() {
        List<String> faults = faults(settings("amqp://guest:wrong@" + server.uri().replaceFirst(".*@", "")));
        assertTrue(faults.getFirst().startsWith("The broker cannot be used: ACCESS_REFUSED"), faults::toString);
        assertTrue(command(2, settings("amqp://guest:guest@127.0.0.1:1")).contains("The broker did not do it: Connection refused"));
        assertTrue(command(2, settings("embedded")).contains("needs no check"));
    }
}

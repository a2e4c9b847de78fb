package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.Admission;
import io.safelight.camel.AnswerHeaders;
import io.safelight.camel.BrokerAlarm;
import io.safelight.camel.Events;
import io.safelight.camel.Failures;
import io.safelight.camel.GiveBack;
import io.safelight.camel.Http;
import io.safelight.camel.Leases;
import io.safelight.camel.Objects;
import io.safelight.camel.QueueConsumers;
import io.safelight.camel.ReplaceBody;
import io.safelight.camel.Uploads;
import io.safelight.camel.WholeMessages;
import io.safelight.camel.Work;
import io.safelight.config.DerivedKey;
import io.safelight.config.SafelightConfig;
import io.safelight.intake.HttpReceiver;
import io.safelight.intake.Spool;
import io.safelight.model.Event;
import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.Topology;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import io.safelight.testing.CamelSettings;
import io.safelight.testing.TestStore;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.validate.Inspector;
import io.safelight.validate.Rules;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.inject.Instance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.AsyncCallback;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.spi.Registry;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.processor.DelegateAsyncProcessor;
import org.apache.camel.test.junit5.CamelTestSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * Files of {@code routes/} as they are, with {@code routes/_errors.camel.yaml}, {@code kamelets/}, {@code config/} and the beans
 * they name, on a Camel context of their own for each class of tests. The store is a real one; the broker is a {@link TestBroker}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RouteTest extends CamelTestSupport {
    static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    final TestBroker broker = new TestBroker();
    final BrokerAlarm alarm = new BrokerAlarm();
    final Admission admission;
    final ObjectStore hidden = TestStore.newBucket();
    final ObjectStore open = TestStore.newBucket();
    final Path data;
    final Spool spool;
    final SmallRyeConfig settings;
    final SafelightConfig config;

    private final List<String> files;
    private final Set<String> routes = new TreeSet<>();
    private final List<String> story = new CopyOnWriteArrayList<>();

    /** @param files below {@code routes/}, without {@code .camel.yaml} */
    RouteTest(String... files) {
        this(Map.of(), files);
    }

    /** @param settings that differ from those in {@code config/} */
    RouteTest(Map<String, String> settings, String... files) {
        this.files = List.of(files);
        try {
            data = Files.createTempDirectory("safelight-routes-");
            this.spool = new Spool(data.resolve("work"), 0);
            Map<String, String> overrides = new HashMap<>(Map.of(
                    "safelight.data", data.toString(),
                    "safelight.store.private-bucket", hidden.bucket(),
                    "safelight.store.public-bucket", open.bucket(),
                    "safelight.engine.concurrency", "1",
                    DerivedKey.WORK.key(), spool.folder().toString(),
                    DerivedKey.MODERATION_CONSUMERS.key(), "1"));
            overrides.putAll(settings);
            this.settings = new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters()
                    .withMapping(SafelightConfig.class).withValidateUnknown(false)
                    .withSources(new PropertiesConfigSource(Path.of("config/application.properties").toUri().toURL(), 260),
                            new PropertiesConfigSource(overrides, "test", 500))
                    .build();
            this.config = this.settings.getConfigMapping(SafelightConfig.class);
            this.admission = new Admission(alarm, config);
            this.admission.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Leases leases(CamelContext camel) {
        return new Leases(camel, config, new SimpleMeterRegistry());
    }

    /** The beans that only these routes need. */
    abstract void bind(Registry registry) throws Exception;

    @Override
    protected void bindToRegistry(Registry registry) throws Exception {
        var connections = broker.connections();
        registry.bind("connections", connections);
        registry.bind("giveBack", new GiveBack());
        registry.bind("wholeMessages", new WholeMessages());
        registry.bind("work", new Work(spool));
        registry.bind("queueConsumers", new QueueConsumers());
        registry.bind("events", new Events(alarm));
        registry.bind("failures", new Failures(alarm, config, connections));
        registry.bind("admission", admission);
        registry.bind("http", new Http());
        registry.bind("answerHeaders", new AnswerHeaders());
        registry.bind("objects", new Objects());
        registry.bind("replaceBody", new ReplaceBody());
        Stream.of("ingress", "processing", "moderation", "metadata").forEach(group -> registry.bind("s3-" + group, TestStore.client()));
        bind(registry);
    }

    @Override
    protected CamelContext createCamelContext() throws Exception {
        CamelContext camel = super.createCamelContext();
        CamelSettings.addTo(camel, settings);
        camel.getRegistry().bind("leases", leases(camel));
        camel.getCamelContextExtension().addInterceptStrategy((context, definition, target, next) -> {
            String route = ProcessorDefinitionHelper.getRouteId(definition);
            return route == null || !routes.contains(route) ? target : new DelegateAsyncProcessor(target) {
                @Override
                public boolean process(Exchange exchange, AsyncCallback callback) {
                    story.add(route + "-" + definition.getId());
                    return super.process(exchange, callback);
                }
            };
        });
        return camel;
    }

    @Override
    protected RoutesBuilder[] createRouteBuilders() throws Exception {
        CamelSettings.configure(context, settings, component -> true);
        List<Resource> resources = Stream.concat(Stream.of("_errors"), files.stream())
                .map(file -> PluginHelper.getResourceLoader(context).resolveResource("file:routes/" + file + ".camel.yaml")).toList();
        for (String file : files) {
            routes.addAll(RouteFiles.ids(file));
        }
        Collection<RoutesBuilder> builders = PluginHelper.getRoutesLoader(context).findRoutesBuilders(resources);
        return builders.toArray(RoutesBuilder[]::new);
    }

    @BeforeEach
    void forget() {
        broker.calm();
        story.clear();
    }

    /** Others use the same one. */
    @AfterEach
    void theStoreAnswersAgain() {
        TestStore.refuse = key -> false;
        TestStore.breakOff = key -> false;
    }

    /** Nothing that was downloaded, received or made outlives its exchange, however that ended. */
    @AfterEach
    void theWorkingFolderIsEmpty() {
        Awaitility.await().pollDelay(Duration.ZERO).untilAsserted(() -> assertEquals(List.of(), working()));
    }

    @AfterAll
    void cleanUp() {
        Spool.delete(data);
    }

    List<String> working() {
        try (Stream<Path> left = Files.list(spool.folder())) {
            return left.map(file -> file.getFileName().toString()).filter(name -> !name.equals("sftp") && !name.equals("cache")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The steps that ran, as {@code route-step}, in order, since the test began; kamelets count as the one step they are. */
    List<String> story() {
        return List.copyOf(story);
    }

    static List<String> steps(String route, String... ids) {
        return Stream.of(ids).map(id -> route + "-" + id).toList();
    }

    /** What a bean asks the container for, where there is no container. */
    @SuppressWarnings("unchecked")
    static <T> Instance<T> instance(T part) {
        return (Instance<T>) Proxy.newProxyInstance(RouteTest.class.getClassLoader(), new Class<?>[] {Instance.class}, (self, method, arguments) -> {
            if (!method.getName().equals("get")) {
                throw new UnsupportedOperationException(method.toString());
            }
            return part;
        });
    }

    Uploads uploads() {
        var limits = config.limits();
        Set<Format> formats = limits.formats().map(names -> names.stream().map(Format::of).collect(Collectors.toSet())).orElse(Set.of(Format.values()));
        Rules rules = new Rules(formats, config.upload().maxBytes().asLongValue(),
                limits.maxDecodedBytes().asLongValue(), limits.maxSide(), limits.maxFrames());
        HttpReceiver receiver = new HttpReceiver(config.upload().maxBytes().asLongValue(), config.upload().maxFiles(), config.upload().idleTimeout());
        return new Uploads(receiver, new Inspector(), rules, instance(hidden), config);
    }

    ImageEngine engine() {
        return Engines.open(config.engine().name(), config.engine().libvips(), Path.of(".native"), Path.of("config/watermarks"));
    }

    static byte[] json(Object value) {
        try {
            return Json.MAPPER.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode tree(byte[] json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As a group of ours publishes. */
    static BasicProperties properties(Map<String, Object> headers) {
        return new BasicProperties.Builder().contentType("application/json").deliveryMode(2).messageId("m-1").headers(headers).build();
    }

    TestBroker.Settled deliver(String queue, Event event) {
        return broker.deliver(queue, event.routingKey(), json(event), properties(Map.of("trace", event.trace())));
    }

    /** The only publication of the test. */
    TestBroker.Publication published() {
        assertEquals(1, broker.published().size(), () -> broker.published().toString());
        return broker.published().getFirst();
    }

    /** An event of the contract, with nothing beside it but its trace. */
    static JsonNode assertEvent(String key, TestBroker.Publication publication) {
        assertEquals("safelight", publication.exchange());
        assertEquals(key, publication.key());
        JsonNode event = tree(publication.message());
        assertEquals(Map.of("trace", event.get("trace").asText()), texts(publication.properties().getHeaders()));
        assertEquals(2, publication.properties().getDeliveryMode(), "persistent");
        assertEquals("application/json", publication.properties().getContentType());
        assertTrue(publication.properties().getMessageId().matches("[0-9a-f-]{36}"), publication.properties().getMessageId());
        assertNull(publication.properties().getExpiration());
        assertNull(publication.properties().getReplyTo());
        assertEquals(1, event.get("v").asInt());
        assertTrue(event.get("trace").asText().matches("[0-9a-f]{32}"));
        return event;
    }

    /** In the retry queue lies the message as it came. @param attempt how often it has been tried by now */
    void assertRetried(String queue, int attempt, String delay, byte[] body, BasicProperties came) {
        TestBroker.Publication retry = published();
        assertEquals("", retry.exchange());
        assertEquals(queue + ".retry." + delay, retry.key());
        assertNull(retry.properties().getExpiration(), "the queue has the delay");
        assertAsItCame(retry, attempt, body, came, Map.of());
    }

    /** In the dead queue lies the message as it came, with the cause beside it. */
    TestBroker.Publication assertBuried(String queue, int attempt, Class<? extends Throwable> cause, byte[] body, BasicProperties came) {
        TestBroker.Publication dead = published();
        assertEquals("", dead.exchange());
        assertEquals(queue + ".dead", dead.key());
        assertNull(dead.properties().getExpiration());
        assertEquals(cause.getName(), dead.header("cause-class"));
        assertTrue(dead.header("stack-digest").matches("[0-9a-f]{16}"), dead.header("stack-digest"));
        Instant failed = Instant.parse(dead.header("failed-at"));
        assertTrue(failed.isAfter(Instant.now().minusSeconds(60)) && !failed.isAfter(Instant.now()), failed.toString());
        assertAsItCame(dead, attempt, body, came, Map.of("queue", queue, "cause-class", dead.header("cause-class"),
                "cause-message", dead.header("cause-message"), "stack-digest", dead.header("stack-digest"), "failed-at", dead.header("failed-at")));
        return dead;
    }

    private static void assertAsItCame(TestBroker.Publication again, int attempt, byte[] body, BasicProperties came, Map<String, String> added) {
        assertEquals(text(body), text(again.message()));
        Map<String, String> headers = new HashMap<>(texts(came.getHeaders()));
        headers.keySet().removeIf(Topology::isBrokersHeader);
        headers.put("attempt", String.valueOf(attempt));
        headers.putAll(added);
        assertEquals(headers, texts(again.properties().getHeaders()));
        assertEquals(2, again.properties().getDeliveryMode(), "persistent");
        assertEquals(came.getContentType(), again.properties().getContentType());
        assertEquals(came.getMessageId(), again.properties().getMessageId());
    }

    static Map<String, String> texts(Map<String, Object> headers) {
        return headers.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> String.valueOf(e.getValue())));
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    Set<String> keys(ObjectStore store, String prefix) {
        return store.list(prefix).map(Stored::key).collect(Collectors.toCollection(TreeSet::new));
    }

    Optional<byte[]> bytes(ObjectStore store, String key) {
        return store.stream(key).map(content -> {
            try (content) {
                return content.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}

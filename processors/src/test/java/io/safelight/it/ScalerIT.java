package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.safelight.dashboards.Queries;
import io.safelight.embedded.Amqp;
import io.safelight.model.Json;
import io.safelight.model.Topology;
import io.safelight.servers.RabbitMqServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sh.keda.externalscaler.ExternalScalerGrpc;
import sh.keda.externalscaler.ExternalScalerGrpc.ExternalScalerBlockingStub;
import sh.keda.externalscaler.GetMetricsRequest;
import sh.keda.externalscaler.IsActiveResponse;
import sh.keda.externalscaler.MetricSpec;
import sh.keda.externalscaler.MetricValue;
import sh.keda.externalscaler.ScaledObjectRef;

/** The group scaler as a process, asked as KEDA asks, on a real RabbitMQ. */
class ScalerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String QUEUE = Topology.Work.PROCESSING.queue();
    private static final ScaledObjectRef FIVE_EACH = ref("queue", QUEUE, "messagesPerReplica", "5");

    private static RabbitMqServer broker;
    private static SafelightProcess scaler;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        broker = RabbitMqServer.start();
        broker.setUp("/");
        scaler = SafelightProcess.start("scaler", Map.of("safelight.groups", "scaler", "safelight.broker.uri", broker.uri(),
                "safelight.broker.management-url", "http://127.0.0.1:" + broker.managementPort()));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", scaler.port()).usePlaintext().build();
    }

    @AfterAll
    static void stop() throws Exception {
        if (channel != null) {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
        for (AutoCloseable one : new AutoCloseable[] {scaler, broker}) {
            if (one != null) {
                one.close();
            }
        }
    }

    @BeforeEach
    void emptyQueue() {
        Awaitility.await("the queue is seen empty").atMost(PATIENCE).until(() -> {
            purge(); // each time: what a worker had comes back only once its connection is gone
            return !keda().isActive(FIVE_EACH).getResult();
        });
    }

    private static void purge() throws Exception {
        try (Amqp amqp = new Amqp(broker.uri())) {
            amqp.channel.queuePurge(QUEUE);
        }
    }

    @Test
    void aBacklogOf23At5AReplicaAsksFor5() throws Exception {
        publish(23);
        MetricSpec spec = keda().getMetricSpec(FIVE_EACH).getMetricSpecs(0);
        assertEquals(5, spec.getTargetSize());
        assertEquals(5, spec.getTargetSizeFloat());
        MetricValue value = keda().getMetrics(GetMetricsRequest.newBuilder().setScaledObjectRef(FIVE_EACH).setMetricName(spec.getMetricName()).build()).getMetricValues(0);
        assertEquals(spec.getMetricName(), value.getMetricName());
        assertEquals(23, value.getMetricValue());
        assertEquals(23, value.getMetricValueFloat());

        JsonNode said = explanation();
        assertEquals(5, said.get("replicas").asInt(), said::toString);
        assertEquals(23, said.at("/decision/backlog/ready").asInt(), said::toString);
        assertTrue(said.get("why").asText().contains("23 messages"), said::toString);
    }

    @Test
    void everyMetricOfTheScalerIsToldForEachQueue() throws Exception {
        publish(23);
        Awaitility.await("the queue's depth").atMost(PATIENCE).until(() -> metrics().anyMatch(line -> line.matches("processing_queue_depth\\{queue=\"" + QUEUE + "\",?} 23.0")));
        for (Queries.Exported metric : Queries.exported()) {
            if (metric.where().equals("scaler")) {
                assertTrue(metrics().anyMatch(line -> line.startsWith(metric.name() + "{") && metric.labels().stream().allMatch(label -> line.contains(label + "="))), metric.name());
            }
        }
    }

    private static Stream<String> metrics() {
        return SafelightClient.text(scaler.client().get("/q/metrics")).lines();
    }

    @Test
    void busyWorkersAloneKeepItActive() throws Exception {
        try (Amqp worker = new Amqp(broker.uri())) {
            publish(8);
            for (int i = 0; i < 8; i++) {
                assertTrue(worker.get(QUEUE) != null);
            }
            Awaitility.await("0 ready and 8 in hand").atMost(PATIENCE).until(() -> explanation().at("/decision/backlog"),
                    backlog -> backlog.get("ready").asInt() == 0 && backlog.get("unacknowledged").asInt() == 8);
            assertTrue(keda().isActive(FIVE_EACH).getResult());
            assertEquals(2, explanation().get("replicas").asInt());
        }
    }

    /** Long before the broker's own statistics say so, which come every five seconds; how long it took at best is printed and not judged. */
    @Test
    void aStreamTellsWhatChanges() throws Exception {
        Iterator<IsActiveResponse> stream = keda().streamIsActive(FIVE_EACH);
        assertFalse(stream.next().getResult());
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            publish(1);
            long published = System.nanoTime();
            assertTrue(stream.next().getResult());
            best = Math.min(best, System.nanoTime() - published);
            purge();
            assertFalse(stream.next().getResult());
        }
        System.out.printf("StreamIsActive told of a message %d ms after the broker had it, the best of three%n", Duration.ofNanos(best).toMillis());
    }

    @Test
    void aBrokerThatIsGoneIsAnErrorAndNoZero() throws Exception {
        broker.pause();
        try {
            assertEquals(Status.Code.UNAVAILABLE, failure(FIVE_EACH));
            assertEquals(503, http().statusCode());
        } finally {
            broker.resume();
        }
        Awaitility.await("it is back").atMost(PATIENCE).ignoreException(StatusRuntimeException.class).until(() -> !keda().isActive(FIVE_EACH).getResult());
    }

    @Test
    void aQueueOrATargetThatMeansNothingIsRefused() {
        assertEquals(Status.Code.NOT_FOUND, failure(ref("queue", "thumbnails")));
        assertEquals(Status.Code.INVALID_ARGUMENT, failure(ref()));
        assertEquals(Status.Code.INVALID_ARGUMENT, failure(ref("queue", QUEUE, "messagesPerReplica", "five")));
        assertEquals(Status.Code.INVALID_ARGUMENT, failure(ref("queue", QUEUE, "drainSeconds", "30")));
    }

    @Test
    void aTimeToDrainInIsATargetToo() {
        MetricSpec spec = keda().getMetricSpec(ref("queue", QUEUE, "drainSeconds", "30", "replicaRate", "1.25")).getMetricSpecs(0);
        assertEquals(37.5, spec.getTargetSizeFloat());
        assertEquals(37, spec.getTargetSize());
    }

    private static Status.Code failure(ScaledObjectRef ref) {
        return assertThrows(StatusRuntimeException.class, () -> keda().getMetrics(GetMetricsRequest.newBuilder().setScaledObjectRef(ref).build())).getStatus().getCode();
    }

    private static ExternalScalerBlockingStub keda() {
        return ExternalScalerGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    private static ScaledObjectRef ref(String... metadata) {
        var ref = ScaledObjectRef.newBuilder().setName("processing").setNamespace("safelight");
        for (int i = 0; i < metadata.length; i += 2) {
            ref.putScalerMetadata(metadata[i], metadata[i + 1]);
        }
        return ref.build();
    }

    /** To the queue by its name, as nobody works on it here. */
    private static void publish(int messages) throws Exception {
        try (Amqp amqp = new Amqp(broker.uri())) {
            for (int i = 0; i < messages; i++) {
                amqp.publish("", QUEUE, "{}");
            }
            Awaitility.await().atMost(PATIENCE).until(() -> amqp.ready(QUEUE) == messages);
        }
    }

    private static HttpResponse<byte[]> http() throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(scaler.address().resolve("/scaler/" + QUEUE)).build(), BodyHandlers.ofByteArray());
        }
    }

    private static JsonNode explanation() throws Exception {
        return Json.MAPPER.readTree(http().body());
    }
}

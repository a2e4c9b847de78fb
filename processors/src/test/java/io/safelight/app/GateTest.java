package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.safelight.camel.Admission;
import io.safelight.camel.BrokerAlarm;
import io.safelight.config.SafelightConfig;
import io.safelight.testing.LogLines;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GateTest {
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Admission admission;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** Of a process that is starting. */
    private Gate gate(String... groups) {
        SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.groups", String.join(",", groups)).build().getConfigMapping(SafelightConfig.class);
        BrokerAlarm alarm = new BrokerAlarm();
        admission = new Admission(alarm, config);
        return new Gate(config, admission, alarm, meters);
    }

    /** @param route what is behind the gate @return its port */
    private int start(Handler<RoutingContext> route) {
        Filters filters = new Filters();
        gate("serving").register(filters);
        Router router = Router.router(vertx);
        filters.getFilters().forEach(filter -> router.route().handler(filter.getHandler()));
        router.route().handler(route);
        return vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join().actualPort();
    }

    @Test
    void theLogSaysWhyARequestIsRefusedBeforeItIsRead() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + start(RoutingContext::end) + "/i/cat.jpg/thumb")).build();
        try (LogLines log = new LogLines()) {
            // one line a second is told of all that this test's process refuses
            Awaitility.await().until(() -> {
                assertEquals(503, http.send(request, BodyHandlers.discarding()).statusCode());
                return log.stream().anyMatch(line -> line.contains("Refused as busy: This process is starting"));
            });
        }
    }

    @Test
    void whatWasLetInBeforeTheProcessStopsIsAnsweredWithTheEndOfItsConnection() throws Exception {
        int port = start(routing -> {
            if (routing.normalizedPath().equals("/long")) {
                admission.close();
            }
            routing.response().setStatusCode(202).end();
        });
        admission.open();
        assertEquals("202, Optional.empty", answer(port, "/short"));
        assertEquals("202, Optional[close]", answer(port, "/long"));
        assertEquals("202, Optional[close]", answer(port, "/q/health"), "probes are answered to the end");
    }

    private String answer(int port, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<Void> answer = http.send(request, BodyHandlers.discarding());
        return answer.statusCode() + ", " + answer.headers().firstValue("Connection");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            serving    | ''
            moderation | broker.alarm
            ingress    | broker.alarm,uploads.in.hand,uploads.most
            """)
    void tellsOfUploadsAndOfTheBrokerWhereThoseAre(String group, String told) {
        gate(group);
        assertEquals(told, meters.getMeters().stream().map(meter -> meter.getId().getName()).sorted().collect(Collectors.joining(",")));
    }
}

package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.Scaling;
import io.safelight.error.Unavailable;
import io.safelight.scale.Backlog;
import io.safelight.scale.Scalers;
import io.safelight.scale.Signal;
import io.safelight.scale.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker's answers are made up here; ScalerIT has them from RabbitMQ. */
class ScalerRouteTest extends HttpRouteTest {
    @TempDir
    static Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private boolean away;

    ScalerRouteTest() {
        super("scaler/scaler");
        replaceRouteFromWith("scaler-watch", "direct:scaler-watch");
    }

    @Override
    void bind(Registry registry) {
        Scalers scalers = new Scalers(List.of("processing"), this::look, List.of(), new Target(5, 1, Duration.ofMinutes(2)), folder);
        registry.bind("scaling", new Scaling(scalers, meters));
    }

    private Signal look(String queue) {
        if (away) {
            throw new Unavailable("The broker is away; start it.", null);
        }
        return new Signal(new Backlog(15, 8), 100, 77, 4);
    }

    @BeforeEach
    void brokerIsThere() {
        away = false;
    }

    private Exchange watch() {
        return template.send("direct:scaler-watch", exchange -> {});
    }

    @Test
    void saysWhatWasSeenAndWhatIsAskedFor() throws Exception {
        JsonNode said = assertJson(200, get("/scaler/processing"));
        assertEquals(steps("scaler-explain", "explain", "answer"), story());
        assertEquals(5, said.get("replicas").asInt());
        assertEquals(8, said.at("/decision/backlog/unacknowledged").asInt());
        assertEquals(4, said.get("consumers").asInt());
        assertTrue(said.get("why").asText().contains("23 messages"), said::toString);
    }

    @Test
    void tellsTheSameAsMetrics() {
        assertNull(watch().getException());
        assertEquals(steps("scaler-watch", "look", "tell"), story());
        assertEquals(5, meters.get("scaler.replicas").tag("queue", "processing").gauge().value());
        assertEquals(23, meters.get("processing.queue.depth").tag("queue", "processing").gauge().value());
        assertEquals(4, meters.get("scaler.consumers").gauge().value());
        assertEquals(6, meters.get("scaler.forecast").tag("queue", "processing").gauges().size(), "one for each horizon");
        assertEquals(Double.NaN, meters.get("scaler.forecast").tag("ahead_seconds", "120").gauge().value(), "nothing is expected without a history");

        away = true;
        watch();
        assertEquals(Double.NaN, meters.get("processing.queue.depth").gauge().value(), "a queue that cannot be seen is not empty");
    }

    @Test
    void aQueueThatCannotBeSeenIsNotEmpty() throws Exception {
        away = true;
        assertProblem(503, "unavailable", get("/scaler/processing"));
    }

    @Test
    void aQueueThatIsNotWatchedIsNotFound() throws Exception {
        assertTrue(assertProblem(404, "not-found", get("/scaler/thumbnails")).get("detail").asText().contains("processing"));
    }
}

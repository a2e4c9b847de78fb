package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestLabelsTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @BeforeEach
    void close() {
        meters.config().meterFilter(new RequestLabels(() -> Stream.of("/api/images", "/api/images/:id", "/api/dead-letters/:id", "/api/dead-letters/replay",
                "/i/:id/:variant", "/upload", "/hawtio/", "/q/metrics")));
    }

    @ParameterizedTest
    @CsvSource({"/upload,/upload", "/api/images/{id},/api/images/{id}", "/api/images/abc,/api/images/{id}", "/api/images/0190-7,/api/images/{id}",
            "/api/dead-letters/replay,/api/dead-letters/replay", "/i/a/b,/i/{id}/{variant}", "/i/a/b/c,UNKNOWN", "/api,UNKNOWN", "/nonsense,UNKNOWN", "/api/{nonsense},UNKNOWN",
            "/hawtio,/hawtio", "/hawtio/x/y,/hawtio", "/hawtiox,UNKNOWN", "NOT_FOUND,NOT_FOUND", "root,root", "/cors-preflight,/cors-preflight", "/q/metrics,/q/metrics"})
    void aPathIsThatOfARoute(String told, String label) {
        assertEquals(label, request("GET", told).getTag("uri"));
    }

    @ParameterizedTest
    @CsvSource({"GET,GET", "DELETE,DELETE", "get,UNKNOWN", "BREW,UNKNOWN", "UNKNOWN,UNKNOWN"})
    void aMethodIsOneThatHttpHas(String told, String label) {
        Meter.Id id = request(told, "/upload");
        assertEquals(label, id.getTag("method"));
        assertEquals("405", id.getTag("status"));
    }

    @Test
    void whoeverMakesUpPathsAndMethodsMakesNoMeters() {
        IntStream.range(0, 100).forEach(i -> {
            request("M" + i, "/x" + i);
            request("GET", "/api/images/" + i);
        });
        assertEquals(Set.of("UNKNOWN UNKNOWN", "GET /api/images/{id}"),
                meters.getMeters().stream().map(meter -> meter.getId().getTag("method") + " " + meter.getId().getTag("uri")).collect(Collectors.toSet()));
    }

    @Test
    void otherMetersKeepTheirLabels() {
        assertEquals("/nonsense", meters.counter("other", "uri", "/nonsense").getId().getTag("uri"));
    }

    private Meter.Id request(String method, String path) {
        return meters.timer(RequestLabels.REQUESTS, Tags.of("method", method, "uri", path, "status", "405")).getId();
    }
}

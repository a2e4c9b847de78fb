package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.dashboards.Queries;
import io.safelight.error.Unavailable;
import io.safelight.scale.Backlog;
import io.safelight.scale.Forecaster;
import io.safelight.scale.Scalers;
import io.safelight.scale.Signal;
import io.safelight.scale.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScalingTest {
    private static final Duration STEP = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    /** Gauges alone would not keep it. */
    private Scaling scaling;
    private long published;

    @Test
    void tellsWhichModelIsBelieved() {
        try (Scalers scalers = scalers()) {
            scaling = new Scaling(scalers, meters);
            scaling.watch();
            assertEquals(Forecaster.names().size(), models().size());
            assertEquals(0, believed(), "none has proved itself");

            Instant now = Instant.now();
            for (int i = 0; i < 200; i++) {
                now = now.plus(STEP);
                scalers.watch("processing", now);
            }
            scaling.watch();
            assertEquals(1, believed());
            String model = scaling.explain("processing").model();
            assertEquals(1, meters.get("scaler.model").tag("queue", "processing").tag("model", model).gauge().value());
            meters.get("scaler.forecast").gauges().forEach(forecast -> assertEquals(2, forecast.value(), 0.1, () -> forecast.getId() + ", though two minutes are looked ahead"));
        }
    }

    @Test
    void aQueueThatCannotBeSeenIsToldAsNotKnownAndHidesNoOther() {
        try (Scalers scalers = new Scalers(List.of("metadata", "processing"), queue -> {
            if (queue.equals("metadata")) {
                throw new Unavailable("It cannot be seen; mend it.", null);
            }
            return new Signal(new Backlog(0, 7), 0, 0, 1);
        }, List.of(), new Target(5, 1, Duration.ofMinutes(2)), folder)) {
            scaling = new Scaling(scalers, meters);
            assertThrows(Unavailable.class, scaling::watch);
            assertEquals(Double.NaN, meters.get("processing.queue.depth").tag("queue", "metadata").gauge().value());
            assertEquals(7, meters.get("processing.queue.depth").tag("queue", "processing").gauge().value());
        }
    }

    @Test
    void eachOfItsMetricsIsOnThePage() {
        try (Scalers scalers = scalers()) {
            new Scaling(scalers, meters).watch();
            List<String> told = meters.getMeters().stream().map(meter -> meter.getId().getName().replace('.', '_')).distinct().toList();
            assertFalse(told.isEmpty());
            assertEquals(List.of(), told.stream().filter(name -> !Queries.isExported(name)).toList(), "docs/how-to/observability.md does not tell of them");
        }
    }

    private Collection<Gauge> models() {
        return meters.get("scaler.model").tag("queue", "processing").gauges();
    }

    private double believed() {
        return models().stream().mapToDouble(Gauge::value).sum();
    }

    /** Of a queue in which twice a second a message comes. */
    private Scalers scalers() {
        return new Scalers(List.of("processing"), queue -> {
            published += 60;
            return new Signal(new Backlog(0, 7), published, published, 1);
        }, List.of(), new Target(5, 1, Duration.ofMinutes(2)), folder);
    }
}

package io.safelight.camel;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.safelight.scale.Explanation;
import io.safelight.scale.Forecast;
import io.safelight.scale.Forecaster;
import io.safelight.scale.History;
import io.safelight.scale.Scalers;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.apache.camel.Header;

/** The scalers, for the routes of the group scaler; what they last asked for, as metrics. */
@Named("scaling")
@Singleton
public class Scaling {
    private final Scalers scalers;
    private final Map<String, Explanation> last = new ConcurrentHashMap<>();
    private final MeterRegistry meters;

    public Scaling(Scalers scalers, MeterRegistry meters) {
        this.scalers = scalers;
        this.meters = meters;
        // before a queue was seen: an alert is to tell of one that never is
        scalers.queues().forEach(this::gauges);
    }

    /** A queue that cannot be seen keeps none of the others from being looked at. */
    public void watch() {
        Instant now = Instant.now();
        RuntimeException failed = null;
        for (String queue : scalers.queues()) {
            try {
                scalers.watch(queue, now);
                last.put(queue, scalers.explain(queue, now));
            } catch (RuntimeException e) {
                // what is not known any more is no figure
                last.remove(queue);
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    public Explanation explain(@Header("queue") String queue) {
        return scalers.explain(queue, Instant.now());
    }

    private void gauges(String queue) {
        gauge("scaler.replicas", queue, Explanation::replicas);
        gauge("scaler.replicas.reactive", queue, e -> e.decision().reactive());
        gauge("scaler.replicas.predicted", queue, e -> e.decision().predicted());
        gauge("scaler.share", queue, Explanation::share);
        gauge("processing.queue.depth", queue, e -> e.decision().backlog().messages());
        gauge("scaler.arrivals", queue, e -> figure(e.arrivalsPerSecond()));
        gauge("scaler.done", queue, e -> figure(e.donePerSecond()));
        gauge("scaler.consumers", queue, Explanation::consumers);
        for (String model : Forecaster.names()) {
            gauge("scaler.model", Tags.of("queue", queue, "model", model), queue, e -> model.equals(e.model()) ? 1 : 0);
        }
        for (int steps : Forecaster.HORIZONS) {
            gauge("scaler.forecast", Tags.of("queue", queue, "ahead_seconds", Long.toString(steps * History.STEP.toSeconds())), queue, e -> e.forecasts().stream()
                    .filter(forecast -> forecast.ahead() == steps).mapToDouble(Forecast::rate).findFirst().orElse(Double.NaN));
        }
    }

    private static double figure(Double known) {
        return known == null ? Double.NaN : known;
    }

    private void gauge(String name, String queue, ToDoubleFunction<Explanation> figure) {
        gauge(name, Tags.of("queue", queue), queue, figure);
    }

    private void gauge(String name, Tags tags, String queue, ToDoubleFunction<Explanation> figure) {
        meters.gauge(name, tags, this, scaling -> {
            Explanation explanation = scaling.last.get(queue);
            return explanation == null ? Double.NaN : figure.applyAsDouble(explanation);
        });
    }
}

package io.safelight.scale;

import io.safelight.model.KnownEvent;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Decides for one queue. It asks for what stands in the queue, and for more where more is expected before a replica started now could
 * help; without a history it asks for what stands in the queue and nothing else.
 */
public final class QueueScaler {
    private final String queue;
    private final List<KnownEvent> events;
    private final Forecaster forecaster;
    private final Budget budget = new Budget();

    /** @param events of all queues */
    public QueueScaler(String queue, History history, List<KnownEvent> events) {
        this.queue = queue;
        this.events = events.stream().filter(event -> event.queue().equals(queue)).toList();
        this.forecaster = new Forecaster(history);
    }

    /**
     * @param rate   messages per second that arrived in the step that just ended; NaN where it is not known
     * @param target of that step
     */
    public synchronized void observe(double rate, Target target) {
        budget.observe(rate, target, forecasts(target).stream().mapToDouble(Forecast::enough).max().orElse(0));
        forecaster.observe(rate);
    }

    private List<Forecast> forecasts(Target target) {
        return forecasts(Forecaster.horizons(target.stepsAhead()));
    }

    /** @return those of all horizons, also of what is too far ahead to decide by; the nearest first */
    public synchronized List<Forecast> forecasts() {
        return forecasts(Forecaster.HORIZONS.size());
    }

    private List<Forecast> forecasts(int horizons) {
        return IntStream.range(0, horizons).mapToObj(forecaster::forecast).flatMap(Optional::stream).map(forecast -> forecast.within(budget.share())).toList();
    }

    /** @return the part of forecasts that is asked for, from 0 to 1: less than all where they cost more than reactive scaling would */
    public synchronized double share() {
        return budget.share();
    }

    public synchronized Decision decide(Instant now, Backlog backlog, Target target) {
        List<Forecast> forecasts = forecasts(target);
        KnownEvent event = events.stream().filter(e -> e.touches(now, now.plus(target.ahead()))).max(Comparator.comparingDouble(KnownEvent::perMinute))
                .orElse(null);
        return Decision.of(now, backlog, target, forecasts, event);
    }
}

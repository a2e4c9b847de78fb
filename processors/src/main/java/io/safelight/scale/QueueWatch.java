package io.safelight.scale;

import io.safelight.model.KnownEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** One queue: looked at in every step, its history kept in a file, its decisions taken as they are asked for. */
final class QueueWatch {
    /** Steps between two writes of the history: ten minutes. */
    private static final int WRITTEN_EVERY = 20;

    private final String queue;
    private final Signals signals;
    private final List<KnownEvent> events;
    private final Path file;
    private History history = new History();
    private QueueScaler scaler;
    private Target target;
    /** Whether the budget was told of all that is in the history, which it cannot be before somebody says what a replica gets done. */
    private boolean budgeted;
    /** Counted from the epoch; the last one that is in the history. */
    private long last = -1;
    private Signal before;
    private Instant lookedAt;
    private Double arrivals;
    private Double done;

    QueueWatch(String queue, Signals signals, List<KnownEvent> events, Target usual, Path folder) {
        this.queue = queue;
        this.signals = signals;
        this.events = events;
        this.file = folder.resolve(queue + ".history");
        this.scaler = new QueueScaler(queue, history, events);
        this.target = usual;
        this.budgeted = usual.rate() > 0;
        HistoryFile.Rates rates = HistoryFile.read(file);
        for (float rate : rates.rates()) {
            scaler.observe(rate, target);
        }
        this.last = rates.rates().length == 0 ? -1 : rates.last();
    }

    /** The broker is asked outside the lock, here and in {@link #explain}: who waits for it holds up nobody else. */
    void watch(Instant now) {
        Signal signal = null;
        try {
            signal = signals.look(queue);
        } finally {
            add(now, signal);
        }
    }

    /**
     * Adds the step that just ended, once, and those that were missed as not known.
     *
     * @param signal null where the queue could not be seen
     */
    private synchronized void add(Instant now, Signal signal) {
        long step = now.getEpochSecond() / History.STEP.toSeconds() - 1;
        if (step <= last) {
            return;
        }
        for (long missed = last < 0 ? step : last + 1; missed < step; missed++) {
            scaler.observe(Double.NaN, target);
        }
        arrivals = signal == null ? null : rate(now, signal.published(), before == null ? 0 : before.published());
        done = signal == null ? null : rate(now, signal.acknowledged(), before == null ? 0 : before.acknowledged());
        scaler.observe(arrivals == null ? Double.NaN : arrivals, target);
        last = step;
        before = signal;
        lookedAt = now;
        if (history.steps() % WRITTEN_EVERY == 0) {
            write();
        }
    }

    /** Null, for not known, at the first look, and when a broker that was started anew counts from 0 again. */
    private Double rate(Instant now, long count, long countBefore) {
        if (before == null || count < countBefore || !now.isAfter(lookedAt)) {
            return null;
        }
        return (count - countBefore) * 1_000.0 / (now.toEpochMilli() - lookedAt.toEpochMilli());
    }

    synchronized void aim(Target wanted) {
        target = wanted;
        if (!budgeted && wanted.rate() > 0) {
            budgeted = true;
            learnAnew();
        }
    }

    private void learnAnew() {
        History before = history;
        history = new History();
        scaler = new QueueScaler(queue, history, events);
        for (long step = before.first(); step < before.steps(); step++) {
            scaler.observe(before.rate(step), target);
        }
    }

    Explanation explain(Instant now) {
        return explain(now, signals.look(queue));
    }

    private synchronized Explanation explain(Instant now, Signal signal) {
        Decision decision = scaler.decide(now, signal.backlog(), target);
        return new Explanation(queue, decision.replicas(), decision.why(), decision.highest().map(Forecast::model).orElse(null), arrivals, done, signal.consumers(),
                history.steps() * (double) History.STEP.toSeconds() / 3_600, scaler.share(), scaler.forecasts(), decision);
    }

    synchronized void write() {
        if (history.steps() > 0) {
            HistoryFile.write(file, history, last);
        }
    }
}

package io.safelight.scale.backtest;

import io.safelight.scale.Budget;
import io.safelight.scale.Decision;
import io.safelight.scale.Forecast;
import io.safelight.scale.Forecaster;
import io.safelight.scale.History;
import io.safelight.scale.Target;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One trace with the arrivals of one seed, replayed to every way of scaling at once. */
final class Replay {
    static final String REACTIVE = "reactive";
    /** Backlog and arrival rate, as two triggers of KEDA would have it: no forecast, no margin. */
    static final String BY_RATE = "reactive + rate";
    static final String PREDICTIVE = "predictive";
    /** The same decision, by arrivals that it knows beforehand. */
    static final String ORACLE = "oracle";
    static final List<String> WAYS = Stream.concat(Stream.of(REACTIVE, BY_RATE, PREDICTIVE, ORACLE), Forecaster.names().stream()).toList();
    static final int SHOWN = 86_400 / Rules.POLL;

    private final Trace trace;
    private final short[] arrivals;
    private final Target target;
    private final int stepsAhead;
    private final double[] rates;
    private final Forecaster forecaster = new Forecaster(new History());
    private final Budget budget = new Budget();
    private final Map<String, Cluster> clusters = new LinkedHashMap<>();
    /** Of each horizon, one of each model and then that of what was chosen. */
    private final List<List<Accuracy>> accuracies;
    private final Map<String, float[]> replicas = new LinkedHashMap<>();
    private final Map<String, float[]> backlogs = new LinkedHashMap<>();
    private final int shownFrom;

    private Replay(Trace trace, long seed, Target target) {
        this.trace = trace;
        this.arrivals = trace.arrivals(seed);
        this.target = target;
        this.stepsAhead = target.stepsAhead();
        this.rates = new double[arrivals.length / Rules.POLL];
        for (int i = 0; i < rates.length * Rules.POLL; i++) {
            rates[i / Rules.POLL] += arrivals[i] / (double) Rules.POLL;
        }
        WAYS.forEach(way -> {
            clusters.put(way, new Cluster());
            replicas.put(way, new float[SHOWN]);
            backlogs.put(way, new float[SHOWN]);
        });
        this.accuracies = Forecaster.HORIZONS.stream().map(ahead -> Stream.generate(() -> new Accuracy(ahead)).limit(Forecaster.names().size() + 1L).toList()).toList();
        this.shownFrom = busiestDay();
    }

    static Replay of(Trace trace, long seed, Target target) {
        Replay replay = new Replay(trace, seed, target);
        replay.run();
        return replay;
    }

    /** @return the first poll of the day around the peak that counts */
    private int busiestDay() {
        int first = trace.warm() / Rules.POLL;
        int peak = IntStream.range(first, rates.length).reduce((a, b) -> rates[b] > rates[a] ? b : a).orElse(first);
        return Math.max(first, Math.min(peak - SHOWN / 2, rates.length - SHOWN));
    }

    private void run() {
        int first = trace.warm() / Rules.POLL;
        for (int poll = 0; poll < rates.length; poll++) {
            if (poll >= first) {
                live(poll);
            }
            budget.observe(rates[poll], target, affordable().stream().mapToDouble(Forecast::enough).max().orElse(0));
            forecaster.observe(rates[poll]);
            for (int horizon = 0; horizon < Forecaster.HORIZONS.size(); horizon++) {
                List<Accuracy> models = accuracies.get(horizon);
                for (int model = 0; model < models.size(); model++) {
                    boolean chosen = model == models.size() - 1;
                    models.get(model).step(rates[poll], chosen ? forecaster.forecast(horizon) : forecaster.forecast(horizon, model), poll >= first);
                }
            }
        }
    }

    /** @param poll of which nothing has arrived yet */
    private void live(int poll) {
        Instant now = Instant.ofEpochSecond(trace.start() + (long) poll * Rules.POLL);
        for (int way = 0; way < WAYS.size(); way++) {
            String name = WAYS.get(way);
            Cluster cluster = clusters.get(name);
            cluster.ask(Decision.of(now, cluster.backlog(), target, forecasts(way, poll), null));
            cluster.run(arrivals, poll * Rules.POLL);
            if (poll >= shownFrom && poll < shownFrom + SHOWN) {
                replicas.get(name)[poll - shownFrom] = cluster.replicas();
                backlogs.get(name)[poll - shownFrom] = cluster.backlog().messages();
            }
        }
    }

    private List<Forecast> forecasts(int way, int poll) {
        return switch (WAYS.get(way)) {
            case REACTIVE -> List.of();
            case BY_RATE -> {
                double rate = (rates[poll - 1] + rates[poll - 2]) / 2;
                yield List.of(new Forecast(BY_RATE, 0, rate, rate));
            }
            case ORACLE -> {
                double most = 0;
                for (int i = poll; i < Math.min(rates.length, poll + stepsAhead); i++) {
                    most = Math.max(most, rates[i]);
                }
                yield List.of(new Forecast(ORACLE, stepsAhead, most, most));
            }
            case PREDICTIVE -> affordable();
            default -> within(horizon -> forecaster.forecast(horizon, way - (WAYS.size() - Forecaster.names().size())));
        };
    }

    private List<Forecast> affordable() {
        return within(horizon -> forecaster.forecast(horizon).map(forecast -> forecast.within(budget.share())));
    }

    private List<Forecast> within(IntFunction<Optional<Forecast>> source) {
        List<Forecast> forecasts = new ArrayList<>();
        for (int horizon = 0; horizon < Forecaster.horizons(stepsAhead); horizon++) {
            source.apply(horizon).ifPresent(forecasts::add);
        }
        return forecasts;
    }

    Outcome outcome(String way) {
        return clusters.get(way).outcome();
    }

    List<List<Accuracy>> accuracies() {
        return accuracies;
    }

    Instant shownFrom() {
        return Instant.ofEpochSecond(trace.start() + (long) shownFrom * Rules.POLL);
    }

    /** Of a day around the peak, one of each poll. */
    float[] replicas(String way) {
        return replicas.get(way);
    }

    float[] backlogs(String way) {
        return backlogs.get(way);
    }

    float[] rates() {
        float[] shown = new float[SHOWN];
        for (int i = 0; i < SHOWN && shownFrom + i < rates.length; i++) {
            shown[i] = (float) rates[shownFrom + i];
        }
        return shown;
    }
}

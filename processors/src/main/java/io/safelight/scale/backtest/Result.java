package io.safelight.scale.backtest;

import io.safelight.scale.Forecaster;
import io.safelight.scale.Target;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What all ways of scaling came to on one trace, over all seeds. */
final class Result {
    private final Trace trace;
    private final Target target;
    private final List<Replay> replays;

    Result(Trace trace, Target target, List<Replay> replays) {
        this.trace = trace;
        this.target = target;
        this.replays = List.copyOf(replays);
    }

    /**
     * One way of scaling.
     *
     * @param cost      replica-seconds, as a part of what reactive scaling took
     * @param late      image-seconds beyond the objective, as a part of what reactive scaling had; NaN where that had none
     * @param aboveBest backlog above the oracle's, as a part of how far above it reactive scaling was
     */
    record Row(String way, Spread replicaSeconds, Spread lateSeconds, Spread backlogSeconds, Spread cost, Spread late, Spread aboveBest) {}

    /** How far forecasts were off at one horizon; the cost is that of {@link Accuracy#cost()}, of each model and of what was chosen. */
    record Errors(int seconds, Map<String, Spread> cost, Map<String, Spread> absolute, String best, Spread chosenToBest) {}

    Trace trace() {
        return trace;
    }

    Target target() {
        return target;
    }

    List<Row> rows() {
        return Replay.WAYS.stream().map(this::row).toList();
    }

    Row row(String way) {
        return new Row(way, spread(r -> r.outcome(way).replicaSeconds()), spread(r -> r.outcome(way).lateSeconds()), spread(r -> r.outcome(way).backlogSeconds()),
                spread(r -> r.outcome(way).replicaSeconds() / r.outcome(Replay.REACTIVE).replicaSeconds()),
                spread(r -> r.outcome(way).lateSeconds() / r.outcome(Replay.REACTIVE).lateSeconds()),
                spread(r -> (r.outcome(way).backlogSeconds() - r.outcome(Replay.ORACLE).backlogSeconds())
                        / (r.outcome(Replay.REACTIVE).backlogSeconds() - r.outcome(Replay.ORACLE).backlogSeconds())));
    }

    /** @return for each horizon; a model that had not proved itself by the time it counted is left out */
    List<Errors> errors() {
        return IntStream.range(0, Forecaster.HORIZONS.size()).mapToObj(this::errors).toList();
    }

    private Errors errors(int horizon) {
        int chosen = Forecaster.names().size();
        List<Integer> models = IntStream.range(0, chosen)
                .filter(m -> replays.stream().allMatch(r -> r.accuracies().get(horizon).get(m).met() >= 0.99 * r.accuracies().get(horizon).get(chosen).met())).boxed().toList();
        Map<String, Spread> cost = new LinkedHashMap<>();
        Map<String, Spread> absolute = new LinkedHashMap<>();
        for (int m : models) {
            cost.put(Forecaster.names().get(m), spread(r -> r.accuracies().get(horizon).get(m).cost()));
            absolute.put(Forecaster.names().get(m), spread(r -> r.accuracies().get(horizon).get(m).absolute()));
        }
        cost.put("chosen", spread(r -> r.accuracies().get(horizon).get(chosen).cost()));
        absolute.put("chosen", spread(r -> r.accuracies().get(horizon).get(chosen).absolute()));
        Function<Replay, Integer> best = r -> models.stream().min(Comparator.comparingDouble(m -> r.accuracies().get(horizon).get(m).cost())).orElseThrow();
        return new Errors(Forecaster.HORIZONS.get(horizon) * Rules.POLL, cost, absolute, Forecaster.names().get(best.apply(replays.getFirst())),
                spread(r -> r.accuracies().get(horizon).get(chosen).cost() / r.accuracies().get(horizon).get(best.apply(r)).cost()));
    }

    /** The first seed, to draw. */
    Replay shown() {
        return replays.getFirst();
    }

    private Spread spread(ToDoubleFunction<Replay> figure) {
        return Spread.of(replays.stream().mapToDouble(figure));
    }
}

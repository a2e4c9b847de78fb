package io.safelight.scale;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Forecasts the arrivals of one queue by several models, and for each horizon believes the one that cost least lately. To expect too
 * little costs more than to expect too much: the pinball loss (Koenker and Bassett, Regression Quantiles, 1978). What was not met yet
 * by what came is never used. Not safe for several threads.
 */
public final class Forecaster {
    /** In steps: 30 seconds, 1, 2, 5, 10 and 15 minutes. */
    public static final List<Integer> HORIZONS = List.of(1, 2, 4, 10, 20, 30);
    /** What a message too few in a forecast costs, where one too many costs 1. */
    public static final double SHORT_COSTS = 3;

    /** Forecasts of a model that must have met what came before it is believed: an hour of them. */
    private static final int PROVED = (int) Duration.ofHours(1).dividedBy(History.STEP);
    /** How much of the cost of the past a step forgets: half in six hours. */
    private static final double FORGETS = 1 - Math.pow(0.5, 1.0 / Duration.ofHours(6).dividedBy(History.STEP));
    /** The share of steps whose arrivals {@link Forecast#enough} is to cover. */
    private static final double COVERED = 0.9;
    /** How far one step moves the margin. */
    private static final double ADAPTS = 0.01;

    private static final List<String> NAMES = Stream.of(Models.values()).map(Models::label).toList();

    private final History history;
    private final List<Model> models;
    /** The last of each: what was chosen, whatever it was. */
    private final Track[][] tracks;
    private final int[] chosen = new int[HORIZONS.size()];

    public Forecaster(History history) {
        this.history = history;
        models = Stream.of(Models.values()).map(model -> model.over(history)).toList();
        tracks = new Track[HORIZONS.size()][models.size() + 1];
        for (int h = 0; h < HORIZONS.size(); h++) {
            for (int m = 0; m <= models.size(); m++) {
                tracks[h][m] = new Track(HORIZONS.get(h));
            }
        }
        Arrays.fill(chosen, -1);
    }

    /** @return the names of all models */
    public static List<String> names() {
        return NAMES;
    }

    /** @return how many of {@link #HORIZONS} there are up to the first that is so many steps ahead or more; nothing is known of what lies between two */
    public static int horizons(int steps) {
        int count = 1;
        while (count < HORIZONS.size() && HORIZONS.get(count - 1) < steps) {
            count++;
        }
        return count;
    }

    /** @param rate messages per second in the step that just ended; NaN where it is not known */
    public void observe(double rate) {
        history.add(rate);
        models.forEach(Model::observe);
        for (int h = 0; h < HORIZONS.size(); h++) {
            int best = -1;
            for (int m = 0; m < models.size(); m++) {
                Track track = tracks[h][m];
                track.meet(rate);
                track.expect(models.get(m).forecast(HORIZONS.get(h)));
                if (track.believable() && (best < 0 || track.cost < tracks[h][best].cost)) {
                    best = m;
                }
            }
            Track overall = tracks[h][models.size()];
            overall.meet(rate);
            overall.expect(best < 0 ? Double.NaN : tracks[h][best].latest());
            chosen[h] = best;
        }
    }

    /**
     * @param horizon by its place in {@link #HORIZONS}
     * @return none where no model has proved itself yet
     */
    public Optional<Forecast> forecast(int horizon) {
        int m = chosen[horizon];
        return m < 0 ? Optional.empty() : Optional.of(forecast(horizon, m, tracks[horizon][models.size()]));
    }

    /**
     * What one model says, whether or not it is the best.
     *
     * @param model by its place in {@link #names()}
     */
    public Optional<Forecast> forecast(int horizon, int model) {
        Track track = tracks[horizon][model];
        return track.believable() ? Optional.of(forecast(horizon, model, track)) : Optional.empty();
    }

    private Forecast forecast(int horizon, int model, Track track) {
        return new Forecast(NAMES.get(model), HORIZONS.get(horizon), track.latest(), track.latest() * track.margin);
    }

    /** How one model did at one horizon. */
    private static final class Track {
        private final double[] expected;
        private long steps;
        /** Forecasts that what came was held against. */
        private int met;
        private double cost;
        private double margin = 1;

        Track(int ahead) {
            expected = new double[ahead];
            Arrays.fill(expected, Double.NaN);
        }

        void meet(double rate) {
            double was = expected[(int) (steps % expected.length)];
            if (Double.isNaN(rate) || Double.isNaN(was)) {
                return;
            }
            met++;
            double error = rate > was ? SHORT_COSTS * (rate - was) : was - rate;
            cost += (error - cost) * Math.max(FORGETS, 1.0 / met);
            margin = Math.max(1, margin + ADAPTS * (rate > was * margin ? COVERED : COVERED - 1));
        }

        void expect(double rate) {
            expected[(int) (steps++ % expected.length)] = rate;
        }

        double latest() {
            return steps == 0 ? Double.NaN : expected[(int) ((steps - 1) % expected.length)];
        }

        boolean believable() {
            return met >= PROVED && !Double.isNaN(latest());
        }
    }
}

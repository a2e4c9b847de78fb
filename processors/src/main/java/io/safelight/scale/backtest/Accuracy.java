package io.safelight.scale.backtest;

import io.safelight.scale.Forecast;
import io.safelight.scale.Forecaster;
import java.util.Arrays;
import java.util.Optional;

/** How far the forecasts of one model were off, at one horizon. */
final class Accuracy {
    private final double[] expected;
    private int steps;
    private int met;
    private double cost;
    private double absolute;

    Accuracy(int ahead) {
        expected = new double[ahead];
        Arrays.fill(expected, Double.NaN);
    }

    /** @param counts whether this step is beyond the warm-up */
    void step(double rate, Optional<Forecast> forecast, boolean counts) {
        int at = steps++ % expected.length;
        if (counts && !Double.isNaN(expected[at])) {
            double error = rate - expected[at];
            met++;
            cost += error > 0 ? Forecaster.SHORT_COSTS * error : -error;
            absolute += Math.abs(error);
        }
        expected[at] = forecast.map(Forecast::rate).orElse(Double.NaN);
    }

    int met() {
        return met;
    }

    /** @return the mean cost of a forecast, where one image a second too few costs {@link Forecaster#SHORT_COSTS} and one too many 1 */
    double cost() {
        return cost / met;
    }

    /** @return the mean absolute error, in images per second */
    double absolute() {
        return absolute / met;
    }
}

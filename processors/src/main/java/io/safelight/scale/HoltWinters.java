package io.safelight.scale;

/**
 * Level, trend and time of the day, each smoothed: the additive method of Holt and Winters with a damped trend
 * (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.3). The day has 288 parts of five minutes.
 */
final class HoltWinters implements Model {
    private static final double LEVEL = 0.2;
    private static final double TREND = 0.01;
    private static final double SEASON = 0.03;
    private static final double DAMPING = 0.98;
    private static final int PART = 10;

    private final History history;
    private final double[] season = new double[History.DAY / PART];
    private double level = Double.NaN;
    private double trend;
    private long first = -1;

    HoltWinters(History history) {
        this.history = history;
    }

    @Override
    public void observe() {
        long step = history.steps() - 1;
        double rate = history.rate(step);
        if (Double.isNaN(rate)) {
            return;
        }
        int part = part(step);
        if (first < 0) {
            first = step;
            level = rate;
            return;
        }
        double before = level;
        double moved = level + DAMPING * trend;
        level = moved + LEVEL * (rate - season[part] - moved);
        trend = DAMPING * trend + TREND * (level - before - DAMPING * trend);
        season[part] += SEASON * (rate - level - season[part]);
    }

    /** Not before a day has been seen. */
    @Override
    public double forecast(int ahead) {
        if (first < 0 || history.steps() - first < History.DAY) {
            return Double.NaN;
        }
        double steps = DAMPING * (1 - Math.pow(DAMPING, ahead)) / (1 - DAMPING);
        return Math.max(0, level + steps * trend + season[part(history.steps() - 1 + ahead)]);
    }

    private static int part(long step) {
        return (int) (step % History.DAY / PART);
    }
}

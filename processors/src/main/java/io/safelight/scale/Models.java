package io.safelight.scale;

import java.util.Locale;

/** The models that a queue's forecasts are chosen from. */
enum Models {
    LAST_VALUE {
        @Override
        Model over(History history) {
            return ahead -> last(history, NOW);
        }
    },
    /** What came at this time yesterday. */
    DAY {
        @Override
        Model over(History history) {
            return ahead -> around(history, ahead, History.DAY);
        }
    },
    /** What came at this time a week ago. */
    WEEK {
        @Override
        Model over(History history) {
            return ahead -> around(history, ahead, History.WEEK);
        }
    },
    /** The course of yesterday, at the level of today. */
    DAY_AT_LEVEL {
        @Override
        Model over(History history) {
            return ahead -> atLevel(history, ahead, History.DAY, 1);
        }
    },
    /** The course of the last weeks, at the level of today. */
    WEEK_AT_LEVEL {
        @Override
        Model over(History history) {
            return ahead -> atLevel(history, ahead, History.WEEK, WEEKS);
        }
    },
    HOLT_WINTERS {
        @Override
        Model over(History history) {
            return new HoltWinters(history);
        }
    },
    /** A straight line through the last minutes, by least squares. */
    TREND {
        @Override
        Model over(History history) {
            return ahead -> trend(history, ahead);
        }
    };

    /** Steps that say where a queue stands: few, to be quick; more than one, as arrivals are random. */
    private static final int NOW = 2;
    /** Steps on each side of a moment of an earlier day. */
    private static final int AROUND = 1;
    /** Steps that the level of today is taken from. */
    private static final int LEVEL = 20;
    private static final int LINE = 20;
    private static final int WEEKS = 4;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    abstract Model over(History history);

    String label() {
        return label;
    }

    private static double last(History history, int steps) {
        return history.mean(history.steps() - steps, history.steps());
    }

    private static double around(History history, int ahead, int ago) {
        long moment = history.steps() - 1 + ahead - ago;
        return history.mean(moment - AROUND, moment + AROUND + 1);
    }

    private static double atLevel(History history, int ahead, int season, int seasons) {
        double then = 0;
        double level = 0;
        int used = 0;
        for (int i = 1; i <= seasons; i++) {
            double t = around(history, ahead, i * season);
            double l = history.mean(history.steps() - LEVEL - (long) i * season, history.steps() - (long) i * season);
            if (!Double.isNaN(t + l)) {
                then += t;
                level += l;
                used++;
            }
        }
        double now = last(history, LEVEL);
        return used == 0 || level == 0 ? Double.NaN : then * now / level;
    }

    private static double trend(History history, int ahead) {
        long from = history.steps() - LINE;
        double middle = (LINE - 1) / 2.0;
        double mean = history.mean(from, from + LINE);
        if (Double.isNaN(mean)) {
            return Double.NaN;
        }
        double products = 0;
        double squares = 0;
        for (int i = 0; i < LINE; i++) {
            double rate = history.rate(from + i);
            if (!Double.isNaN(rate)) {
                products += (i - middle) * (rate - mean);
                squares += (i - middle) * (i - middle);
            }
        }
        return Math.max(0, mean + products / squares * (LINE - 1 - middle + ahead));
    }
}

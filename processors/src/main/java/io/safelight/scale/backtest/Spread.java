package io.safelight.scale.backtest;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** The same figure of several seeds. */
record Spread(double median, double least, double most) {
    static Spread of(DoubleStream values) {
        double[] sorted = values.toArray();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** @param format of one number */
    String text(String format) {
        String middle = String.format(Locale.ROOT, format, median);
        String from = String.format(Locale.ROOT, format, least);
        String to = String.format(Locale.ROOT, format, most);
        return from.equals(to) ? middle : middle + " (" + from + "-" + to + ")";
    }
}

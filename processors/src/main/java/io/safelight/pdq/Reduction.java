package io.safelight.pdq;

/**
 * One side of a picture brought down to 64 samples: two box filters, one after the other, whose window is half the distance of two samples, of which
 * every sample takes what lies at its middle. Both filters and the choice in one: a sample is a weighted sum of a few neighbours.
 */
final class Reduction {
    static final int SAMPLES = 64;

    private final int[] from = new int[SAMPLES];
    private final double[][] weights = new double[SAMPLES][];

    /** @param length in pixels, at least one */
    Reduction(int length) {
        int window = (length + 2 * SAMPLES - 1) / (2 * SAMPLES);
        int after = window / 2;
        int before = window - 1 - after;
        for (int sample = 0; sample < SAMPLES; sample++) {
            int middle = (int) ((sample + 0.5) * length / SAMPLES);
            int start = Math.max(0, middle - 2 * before);
            double[] sums = new double[Math.min(length - 1, middle + 2 * after) - start + 1];
            Span outer = Span.around(middle, before, after, length);
            for (int i = outer.first; i <= outer.last; i++) {
                Span inner = Span.around(i, before, after, length);
                for (int j = inner.first; j <= inner.last; j++) {
                    sums[j - start] += 1.0 / (outer.length() * inner.length());
                }
            }
            from[sample] = start;
            weights[sample] = sums;
        }
    }

    /** @param values {@code length} of them, from {@code offset}, {@code step} apart */
    double sample(int sample, double[] values, int offset, int step) {
        double sum = 0;
        int at = offset + from[sample] * step;
        for (double weight : weights[sample]) {
            sum += weight * values[at];
            at += step;
        }
        return sum;
    }

    /** Both ends are in it. At the edges a window is cut short. */
    private record Span(int first, int last) {
        static Span around(int middle, int before, int after, int length) {
            return new Span(Math.max(0, middle - before), Math.min(length - 1, middle + after));
        }

        int length() {
            return last - first + 1;
        }
    }
}

package io.safelight.transform;

import io.safelight.decode.Pixels;

/**
 * How different two pictures of the same size look: the colour difference CIE76 (Euclidean in CIELAB, D65; 2.3 is just noticeable)
 * between the means of 4 × 4 pixels, so that grain counts little and a shift, a tint or a missing part counts much.
 */
public record PerceptualDistance(double mean, double worst) {
    private static final int BLOCK = 4;

    static PerceptualDistance between(Pixels one, Pixels other) {
        if (one.width() != other.width() || one.height() != other.height()) {
            return new PerceptualDistance(Double.MAX_VALUE, Double.MAX_VALUE);
        }
        double sum = 0;
        double worst = 0;
        int blocks = 0;
        for (int y = 0; y < one.height(); y += BLOCK) {
            for (int x = 0; x < one.width(); x += BLOCK) {
                double[] a = lab(one, x, y);
                double[] b = lab(other, x, y);
                double difference = Math.sqrt(Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2) + Math.pow(a[2] - b[2], 2));
                sum += difference;
                worst = Math.max(worst, difference);
                blocks++;
            }
        }
        return new PerceptualDistance(sum / blocks, worst);
    }

    private static double[] lab(Pixels pixels, int left, int top) {
        double[] linear = new double[3];
        int count = 0;
        for (int y = top; y < Math.min(top + BLOCK, pixels.height()); y++) {
            for (int x = left; x < Math.min(left + BLOCK, pixels.width()); x++) {
                int rgb = pixels.rgb(x, y);
                for (int c = 0; c < 3; c++) {
                    linear[c] += linear(rgb >> 16 - 8 * c & 0xff);
                }
                count++;
            }
        }
        double r = linear[0] / count;
        double g = linear[1] / count;
        double b = linear[2] / count;
        double x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        double y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
        double z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
    }

    private static double linear(int level) {
        double v = level / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }

    private static double root(double t) {
        return t > 216.0 / 24389 ? Math.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
}

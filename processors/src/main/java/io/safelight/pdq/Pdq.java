package io.safelight.pdq;

import static io.safelight.pdq.Reduction.SAMPLES;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A picture's perceptual hash, and those that it would have if it were turned or mirrored. Two pictures are taken for the same where a hash of one
 * is near the first hash of the other. Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019.
 *
 * @param quality 0..100, how much there is to see in it; below 50 pictures that have nothing in common may be near, such as plain colours
 * @param hashes  eight: as it is; turned clockwise by 90, 180 and 270 degrees; mirrored left to right; top to bottom; along the diagonal from the
 *                top left; along the other one
 */
public record Pdq(int quality, List<PdqHash> hashes) {
    /** The longest side that the reference looks at. Larger pictures are hashed as well, and take longer. */
    public static final int SIDE = 512;

    private static final int SMALLEST = 5;
    private static final int TERMS = 16;
    private static final PdqHash NOTHING = new PdqHash(0, 0, 0, 0);
    private static final List<Turn> TURNS = List.of(new Turn(false, false, false), new Turn(true, true, false), new Turn(false, true, true),
            new Turn(true, false, true), new Turn(false, true, false), new Turn(false, false, true), new Turn(true, false, false), new Turn(true, true, true));
    /** The lowest 16 waves of a cosine transform of 64 samples, the constant left out. */
    private static final double[][] WAVES = new double[TERMS][SAMPLES];

    static {
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < SAMPLES; j++) {
                WAVES[i][j] = Math.sqrt(2.0 / SAMPLES) * Math.cos(Math.PI / (2 * SAMPLES) * (i + 1) * (2 * j + 1));
            }
        }
    }

    public Pdq {
        hashes = List.copyOf(hashes);
    }

    /** First mirrored along the diagonal, or not, then left to right, then top to bottom. */
    private record Turn(boolean diagonally, boolean sideways, boolean upsideDown) {
        /** Waves with an odd number of half periods change their sign where they are mirrored. */
        double[] applied(double[] terms) {
            double[] turned = new double[terms.length];
            for (int y = 0; y < TERMS; y++) {
                for (int x = 0; x < TERMS; x++) {
                    boolean negative = (sideways && x % 2 == 0) != (upsideDown && y % 2 == 0);
                    double term = terms[diagonally ? x * TERMS + y : y * TERMS + x];
                    turned[y * TERMS + x] = negative ? -term : term;
                }
            }
            return turned;
        }
    }

    /**
     * @param rgb {@code 3 * width * height} bytes, R G B, rows from the top; best reduced to {@link #SIDE} before
     * @return of quality 0 where a side has less than five pixels, the hashes being nothing but zeros
     */
    public static Pdq of(int width, int height, byte[] rgb) {
        if (rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("%d bytes for %d x %d pixels".formatted(rgb.length, width, height));
        }
        if (Math.min(width, height) < SMALLEST) {
            return new Pdq(0, Collections.nCopies(TURNS.size(), NOTHING));
        }
        double[] samples = samples(width, height, rgb);
        double[] terms = terms(samples);
        return new Pdq(quality(samples), TURNS.stream().map(turn -> hash(turn.applied(terms))).toList());
    }

    /** 64 x 64 values of brightness, 0..255. */
    private static double[] samples(int width, int height, byte[] rgb) {
        Reduction across = new Reduction(width);
        Reduction down = new Reduction(height);
        double[] luma = new double[width];
        double[] narrow = new double[height * SAMPLES];
        for (int y = 0, p = 0; y < height; y++) {
            for (int x = 0; x < width; x++, p += 3) {
                luma[x] = 0.299 * (rgb[p] & 0xff) + 0.587 * (rgb[p + 1] & 0xff) + 0.114 * (rgb[p + 2] & 0xff);
            }
            for (int x = 0; x < SAMPLES; x++) {
                narrow[y * SAMPLES + x] = across.sample(x, luma, 0, 1);
            }
        }
        double[] samples = new double[SAMPLES * SAMPLES];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = down.sample(i / SAMPLES, narrow, i % SAMPLES, SAMPLES);
        }
        return samples;
    }

    /** How much neighbouring samples differ, in whole hundredths of the largest difference: what differs by less is taken for noise. */
    private static int quality(double[] samples) {
        int sum = 0;
        for (int i = 0; i < samples.length; i++) {
            sum += i % SAMPLES == SAMPLES - 1 ? 0 : step(samples[i], samples[i + 1]);
            sum += i / SAMPLES == SAMPLES - 1 ? 0 : step(samples[i], samples[i + SAMPLES]);
        }
        return Math.min(100, sum / 90);
    }

    private static int step(double one, double other) {
        return (int) (Math.abs(one - other) * 100 / 255);
    }

    /** 16 x 16 terms of the cosine transform, those of the lowest waves first, down and across. */
    private static double[] terms(double[] samples) {
        double[] half = new double[TERMS * SAMPLES];
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < SAMPLES; j++) {
                for (int x = 0; x < SAMPLES; x++) {
                    half[i * SAMPLES + x] += WAVES[i][j] * samples[j * SAMPLES + x];
                }
            }
        }
        double[] terms = new double[TERMS * TERMS];
        for (int i = 0; i < terms.length; i++) {
            for (int x = 0; x < SAMPLES; x++) {
                terms[i] += half[i / TERMS * SAMPLES + x] * WAVES[i % TERMS][x];
            }
        }
        return terms;
    }

    /** A bit a term, the last one first: whether it is above the median, which is the lower one of the two in the middle. */
    private static PdqHash hash(double[] terms) {
        double[] sorted = terms.clone();
        Arrays.sort(sorted);
        double median = sorted[terms.length / 2 - 1];
        long[] words = new long[4];
        for (int i = 0; i < terms.length; i++) {
            if (terms[i] > median) {
                words[3 - i / Long.SIZE] |= 1L << i;
            }
        }
        return new PdqHash(words[0], words[1], words[2], words[3]);
    }
}

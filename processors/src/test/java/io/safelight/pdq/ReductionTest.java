package io.safelight.pdq;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReductionTest {
    @ParameterizedTest
    @ValueSource(ints = {5, 63, 64, 65, 127, 128, 129, 200, 384, 512, 1000, 2725})
    void samplesAreThoseOfTwoBoxFiltersOneAfterTheOther(int length) {
        double[] values = new Random(length).doubles(length, 0, 255).toArray();
        double[] filtered = boxFiltered(boxFiltered(values));
        Reduction reduction = new Reduction(length);

        for (int i = 0; i < Reduction.SAMPLES; i++) {
            assertEquals(filtered[(2 * i + 1) * length / 128], reduction.sample(i, values, 0, 1), 1e-9, "sample " + i);
        }
    }

    private static double[] boxFiltered(double[] values) {
        int window = (int) Math.ceil(values.length / 128.0);
        double[] filtered = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int count = 0;
            for (int j = i - (window - 1) / 2; j <= i + window / 2; j++) {
                if (j >= 0 && j < values.length) {
                    filtered[i] += values[j];
                    count++;
                }
            }
            filtered[i] /= count;
        }
        return filtered;
    }
}

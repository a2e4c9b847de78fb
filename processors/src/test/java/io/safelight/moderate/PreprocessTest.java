package io.safelight.moderate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.decode.Raster;
import org.junit.jupiter.api.Test;

class PreprocessTest {
    @Test
    void keepsCornersAndMixesBetween() {
        Raster raster = new Raster(2, 2, bytes(0, 10, 20, 100, 110, 120, 200, 210, 220, 100, 90, 80));
        float[] planes = Preprocess.planes(raster, 3);
        assertArrayEquals(scaled(0, 50, 100, 100, 100, 100, 200, 150, 100), red(planes, 3), 1e-6f);
        assertEquals(10 / 255f, planes[9], 1e-6f);
        assertEquals(80 / 255f, planes[26], 1e-6f);
    }

    @Test
    void leavesAnImageOfTheModelsSizeAsItIs() {
        Raster raster = new Raster(2, 2, bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255));
        assertArrayEquals(scaled(1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 255), Preprocess.planes(raster, 2), 1e-6f);
    }

    @Test
    void stretchesASinglePixel() {
        assertArrayEquals(scaled(9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7), Preprocess.planes(new Raster(1, 1, bytes(9, 8, 7)), 2), 1e-6f);
    }

    private static float[] red(float[] planes, int size) {
        return java.util.Arrays.copyOf(planes, size * size);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static float[] scaled(int... values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i] / 255f;
        }
        return floats;
    }
}

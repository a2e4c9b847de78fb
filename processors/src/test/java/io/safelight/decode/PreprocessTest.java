package io.safelight.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.decode.ModelInput.Channels;
import io.safelight.decode.ModelInput.Layout;
import io.safelight.decode.ModelInput.Range;
import io.safelight.decode.ModelInput.Resize;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreprocessTest {
    @Test
    void keepsCornersAndMixesBetween() {
        Raster raster = new Raster(2, 2, bytes(0, 10, 20, 100, 110, 120, 200, 210, 220, 100, 90, 80));
        float[] planes = planes(raster, 3);
        assertArrayEquals(scaled(0, 50, 100, 100, 100, 100, 200, 150, 100), red(planes, 3), 1e-6f);
        assertEquals(10 / 255f, planes[9], 1e-6f);
        assertEquals(80 / 255f, planes[26], 1e-6f);
    }

    @Test
    void leavesAnImageOfTheModelsSizeAsItIs() {
        Raster raster = new Raster(2, 2, bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255));
        assertArrayEquals(scaled(1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 255), planes(raster, 2), 1e-6f);
    }

    @Test
    void stretchesASinglePixel() {
        assertArrayEquals(scaled(9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7), planes(new Raster(1, 1, bytes(9, 8, 7)), 2), 1e-6f);
    }

    @Test
    void landsEdgesOnEdges() {
        Raster row = new Raster(4, 1, bytes(0, 0, 0, 100, 100, 100, 200, 200, 200, 40, 40, 40));
        // the middles of two halves lie between the first two pixels and between the last two
        assertArrayEquals(new float[] {50, 120, 50, 120}, red(input(2, Layout.NCHW, Channels.RGB, Range.LEVELS, Resize.BILINEAR).of(row), 2));
        assertArrayEquals(new float[] {0, 25, 75, 125}, Arrays.copyOf(input(8, Layout.NCHW, Channels.RGB, Range.LEVELS, Resize.BILINEAR).of(row), 4));
    }

    @Test
    void cropsTheSquareInTheMiddle() {
        Raster wide = new Raster(4, 2, bytes(9, 9, 9, 1, 1, 1, 2, 2, 2, 9, 9, 9, 9, 9, 9, 3, 3, 3, 4, 4, 4, 9, 9, 9));
        assertArrayEquals(new float[] {1, 2, 3, 4}, red(input(2, Layout.NCHW, Channels.RGB, Range.LEVELS, Resize.CENTER_CROP).of(wide), 2));
    }

    @Test
    void putsChannelsSideBySideAndInAnotherOrder() {
        Raster raster = new Raster(2, 2, bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
        assertArrayEquals(new float[] {3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}, input(2, Layout.NHWC, Channels.BGR, Range.LEVELS, Resize.BILINEAR).of(raster));
    }

    @Test
    void normalisesEachChannelByItsOwnMeanAndDeviation() {
        Raster pixel = new Raster(1, 1, bytes(255, 0, 51));
        ModelInput input = new ModelInput(1, Layout.NCHW, Channels.RGB, Range.ZERO_TO_ONE, List.of(0.5f, 0.25f, 0.2f), List.of(0.5f, 0.5f, 2f), Resize.BILINEAR);
        assertArrayEquals(new float[] {1, -0.5f, 0}, input.of(pixel), 1e-6f);
        assertArrayEquals(new float[] {1, -1, -0.6f}, input(1, Layout.NCHW, Channels.RGB, Range.MINUS_ONE_TO_ONE, Resize.BILINEAR).of(pixel), 1e-6f);
    }

    private static float[] planes(Raster raster, int size) {
        return input(size, Layout.NCHW, Channels.RGB, Range.ZERO_TO_ONE, Resize.BILINEAR_ALIGNED_CORNERS).of(raster);
    }

    private static ModelInput input(int size, Layout layout, Channels channels, Range range, Resize resize) {
        return new ModelInput(size, layout, channels, range, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f), resize);
    }

    private static float[] red(float[] planes, int size) {
        return Arrays.copyOf(planes, size * size);
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

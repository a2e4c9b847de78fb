package io.safelight.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.decode.Raster;
import org.junit.jupiter.api.Test;

class DominantColorTest {
    @Test
    void isTheColourOfMostPixelsNotTheirMean() {
        byte[] rgb = {(byte) 200, 10, 16, (byte) 202, 10, 18, 0, 0, (byte) 255};

        assertEquals("#c90a11", DominantColor.of(new Raster(3, 1, rgb)));
    }
}

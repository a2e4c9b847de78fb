package io.safelight.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.decode.Raster;
import org.junit.jupiter.api.Test;

/** The expected hashes are npm blurhash 2.0's, with the range taken from absolute values as the C reference does and it forgets to. */
class BlurhashTest {
    @Test
    void hashesAPatternAsTheReferenceDoes() {
        byte[] rgb = new byte[3 * 40 * 30];
        for (int y = 0, p = 0; y < 30; y++) {
            for (int x = 0; x < 40; x++) {
                rgb[p++] = (byte) (x * 6);
                rgb[p++] = (byte) (y * 8);
                rgb[p++] = (byte) (x * y);
            }
        }
        assertEquals("LqG91|2mwtX3l[WTjuf9gFfkfTfm", Blurhash.encode(new Raster(40, 30, rgb)));
    }

    @Test
    void hashesBlack() {
        assertEquals("L00000fQfQfQfQfQfQfQfQfQfQfQ", Blurhash.encode(new Raster(40, 30, new byte[3 * 40 * 30])));
    }

    @Test
    void hashesASinglePixel() {
        assertEquals(28, Blurhash.encode(new Raster(1, 1, new byte[] {1, 2, 3})).length());
    }
}

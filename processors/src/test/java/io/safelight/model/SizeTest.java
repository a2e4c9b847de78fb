package io.safelight.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SizeTest {
    @Test
    void fitsTheLongSide() {
        assertEquals(new Size(1536, 2048), new Size(3000, 4000).within(2048));
        assertEquals(new Size(300, 400), new Size(300, 400).within(2048));
    }

    @Test
    void keepsTheAspectAtAWidth() {
        assertEquals(new Size(160, 107), new Size(1200, 800).atWidth(160));
        assertEquals(new Size(100, 50), new Size(100, 50).atWidth(160));
    }

    @Test
    void neverLosesASide() {
        assertEquals(new Size(1, 1000), new Size(1, 30000).within(1000));
        assertEquals(new Size(160, 1), new Size(30000, 2).atWidth(160));
    }

    @Test
    void swapsSidesForTheSidewaysOrientations() {
        assertEquals(new Size(2, 1), new Size(2, 1).upright(4));
        assertEquals(new Size(1, 2), new Size(2, 1).upright(5));
    }
}

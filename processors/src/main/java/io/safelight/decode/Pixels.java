package io.safelight.decode;

/** An upright picture without alpha, from which few or all pixels can be asked. */
public interface Pixels {
    int width();

    int height();

    /** The pixel at {@code x} from the left and {@code y} from the top, as 0xRRGGBB. */
    int rgb(int x, int y);
}

package io.safelight.validate;

import java.util.function.LongSupplier;

/**
 * What a format's header says. Nothing in it has been held against a limit yet.
 *
 * @param pixelBytes what the decoder holds for each pixel
 * @param layered    progressive or interlaced: the decoder keeps the whole image and goes over it again and again
 * @param drawingMs  of a drawing, how many milliseconds it may well take to draw it at 2000 × 2000 pixels; else 0
 * @param end        finds the position after the image's last byte, rejecting a file that ends earlier; asked only
 *                   once the size was found acceptable, as it may have to go through the whole file
 */
record Header(long width, long height, int pixelBytes, long frames, boolean layered, double drawingMs, LongSupplier end) {
    Header(long width, long height, int pixelBytes, long frames, boolean layered, LongSupplier end) {
        this(width, height, pixelBytes, frames, layered, 0, end);
    }

    long pixels() {
        return width * height * frames;
    }
}

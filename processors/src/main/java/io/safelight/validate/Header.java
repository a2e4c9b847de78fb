package io.safelight.validate;

import java.util.function.LongSupplier;

/**
 * What a format's header says. Nothing in it has been held against a limit yet.
 *
 * @param sampleBytes of one channel of one decoded pixel
 * @param layered     progressive or interlaced: the decoder keeps the whole image and goes over it again and again
 * @param end         finds the position after the image's last byte, rejecting a file that ends earlier; asked only
 *                    once the size was found acceptable, as it may have to go through the whole file
 */
record Header(long width, long height, int channels, int sampleBytes, long frames, boolean layered, LongSupplier end) {}

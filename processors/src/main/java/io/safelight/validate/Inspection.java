package io.safelight.validate;

import io.safelight.model.Format;

/**
 * What a file says of itself and was found fit for decoding.
 *
 * @param width        pixels as the header declares them, before orientation; likewise {@code height}
 * @param frames       of an animation, or pages; 1 for a still
 * @param decodedBytes an estimate: width × height × bytes that a decoder holds for each pixel × frames
 * @param slow         huge, or progressive and large, or a drawing with much in it: better processed apart from the ordinary ones
 */
public record Inspection(Format format, int width, int height, int frames, long decodedBytes, boolean slow) {}

package io.safelight.model;

import java.util.List;

/**
 * What a picture looks like, by PDQ.
 *
 * @param quality 0..100, how much there is to see in it; below 50 the hashes tell little
 * @param hashes  64 hexadecimal digits each: as the picture is, then as it would be if turned or mirrored
 */
public record Perceptual(int quality, List<String> hashes) {
    public Perceptual {
        hashes = List.copyOf(hashes);
    }
}

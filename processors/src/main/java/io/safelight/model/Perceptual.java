package io.safelight.model;

import java.util.List;

/**
 * What a picture looks like, by PDQ.
 *
 * @param quality 0..100, how much there is to see in it; below {@link #USABLE} the hashes tell little
 * @param hashes  64 hexadecimal digits each: as the picture is, then as it would be if turned or mirrored
 */
public record Perceptual(int quality, List<String> hashes) {
    /** What the authors of PDQ ask of a picture before its hash is compared. */
    public static final int USABLE = 50;

    public Perceptual {
        hashes = List.copyOf(hashes);
    }

    /** Whether pictures that look alike, and no others, have hashes near this one's. */
    public boolean usable() {
        return quality >= USABLE;
    }
}

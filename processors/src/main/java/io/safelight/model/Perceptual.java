package io.safelight.model;

import java.util.List;

/**
 * PDQ hashes of a picture, 64 hex digits each.
 *
 * @param quality 0..100; below {@link #USABLE} the picture has too little in it to be told from others
 * @param hashes  first of the picture as it is, then as it would be turned and mirrored
 */
public record Perceptual(int quality, List<String> hashes) {
    /** As the authors of PDQ recommend. */
    public static final int USABLE = 50;

    public Perceptual {
        hashes = List.copyOf(hashes);
    }
}

package io.safelight.transform;

import io.safelight.decode.Raster;
import io.safelight.model.Perceptual;
import io.safelight.pdq.Pdq;
import io.safelight.pdq.PdqHash;

/** A picture's PDQ hashes, as events carry them. */
public final class PerceptualHash {
    /** Longest side of the rendition that is looked at, in pixels; one up to twice as large does as well. */
    public static final int SIDE = Pdq.SIDE;

    private PerceptualHash() {}

    public static Perceptual of(Raster image) {
        Pdq pdq = Pdq.of(image.width(), image.height(), image.rgb());
        return new Perceptual(pdq.quality(), pdq.hashes().stream().map(PdqHash::toString).toList());
    }
}

package io.safelight.transform;

import io.safelight.model.Format;
import io.safelight.model.op.Op;
import java.util.Optional;
import java.util.Set;

/** What an engine can do. */
public interface Abilities {
    /** {@code libvips} or {@code thumbnailator}. */
    String name();

    Set<Format> reads();

    Set<Format> writes();

    /** Whether it reads every frame of an animation, and keeps them where a variant asks. */
    default boolean animates() {
        return writes().contains(Format.WEBP);
    }

    /** Why an operation cannot be done, such as {@code gravity=attention needs libvips}; empty where it can. */
    Optional<String> cannot(Op op);
}

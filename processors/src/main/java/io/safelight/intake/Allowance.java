package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;

/** The bytes that one request may bring, all its parts together. Used by one thread. */
final class Allowance {
    private final long limit;
    private long taken;

    Allowance(long limit) {
        this.limit = limit;
    }

    /** @return false where that is too much */
    boolean take(long bytes) {
        taken += bytes;
        return taken <= limit;
    }

    Rejected exceeded() {
        return new Rejected(Code.TOO_LARGE, "An upload may have at most %d bytes.".formatted(limit));
    }
}

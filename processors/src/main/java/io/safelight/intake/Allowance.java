package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;

/** The bytes that one request may bring, all its parts together. Used by one thread. */
final class Allowance {
    private final long limit;
    private final long beside;
    private long taken;

    /** @param beside bytes that may come with them, of which no word is made */
    Allowance(long limit, long beside) {
        this.limit = limit;
        this.beside = beside;
    }

    /** @throws Rejected where that is too much */
    void take(long bytes) {
        taken += bytes;
        if (taken > limit + beside) {
            throw new Rejected(Code.TOO_LARGE, "An upload may have at most %d bytes.".formatted(limit));
        }
    }

    long taken() {
        return taken;
    }
}

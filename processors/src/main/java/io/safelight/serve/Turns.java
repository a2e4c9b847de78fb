package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import java.util.concurrent.Semaphore;

/** Bounds the work that is done at the same time, and the callers that wait for theirs: further ones are told to come again. */
final class Turns {
    private final Semaphore room;
    private final Semaphore turns;

    Turns(int working, int waiting) {
        this.room = new Semaphore(working + waiting);
        this.turns = new Semaphore(working, true);
    }

    void run(Runnable work) {
        if (!room.tryAcquire()) {
            throw new Unavailable(Code.BUSY, "Too many images are waiting to be made; try again.", null);
        }
        try {
            turns.acquireUninterruptibly();
            try {
                work.run();
            } finally {
                turns.release();
            }
        } finally {
            room.release();
        }
    }
}

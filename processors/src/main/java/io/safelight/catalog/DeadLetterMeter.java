package io.safelight.catalog;

import java.util.List;

/** Hears what becomes of dead letters, for metrics. */
public interface DeadLetterMeter {
    DeadLetterMeter NOBODY = new DeadLetterMeter() {
        @Override
        public void buried() {}

        @Override
        public void replayed() {}

        @Override
        public void discarded() {}

        @Override
        public void open(List<DeadLetters.Tally> tally) {}
    };

    void buried();

    void replayed();

    void discarded();

    /** @param tally all that are open, most first */
    void open(List<DeadLetters.Tally> tally);
}

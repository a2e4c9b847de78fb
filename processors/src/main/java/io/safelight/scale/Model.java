package io.safelight.scale;

/** Says what rate to expect, from what is known of one queue. */
interface Model {
    /** Told of each step, after the history has it. */
    default void observe() {}

    /**
     * @param ahead steps from the last one known, 1 or more
     * @return messages per second; NaN where too little is known
     */
    double forecast(int ahead);
}

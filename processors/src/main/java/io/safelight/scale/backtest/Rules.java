package io.safelight.scale.backtest;

/** What is the same in every backtest. Times in seconds. */
final class Rules {
    /** Replicas that the peak of a trace keeps busy; each gets one image done a second. */
    static final int PEAK = 40;
    static final int FLOOR = 2;
    static final int CAP = 50;
    /** Between two looks at the queue; a step of the history too. */
    static final int POLL = 30;
    /** Between two changes of the number of replicas. */
    static final int SYNC = 15;
    /** From being asked for to the first image. */
    static final int START = 45;
    /** No replica goes that was asked for within this time. */
    static final int COOLDOWN = 300;
    /** An image is to wait no longer. */
    static final int OBJECTIVE = 60;
    /** Only learned from, not counted. */
    static final int WARM_UP = 14 * 86_400;

    private Rules() {}
}

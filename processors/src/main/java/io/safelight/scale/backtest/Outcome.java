package io.safelight.scale.backtest;

/**
 * What a way of scaling came to.
 *
 * @param replicaSeconds what it cost
 * @param lateSeconds    by how much images waited longer than the objective, all of them together: image-seconds
 * @param backlogSeconds images in the queue or in hand, over all seconds: image-seconds
 */
record Outcome(double replicaSeconds, double lateSeconds, double backlogSeconds) {}

package io.safelight.scale;

/**
 * What stands in a queue. A message that a worker has in hand counts as one that waits: a busy worker is never scaled away.
 *
 * @param ready          messages that nobody has yet
 * @param unacknowledged messages that a worker has in hand
 */
public record Backlog(long ready, long unacknowledged) {
    public long messages() {
        return ready + unacknowledged;
    }
}

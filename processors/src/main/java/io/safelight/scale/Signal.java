package io.safelight.scale;

/**
 * What a broker says about a queue.
 *
 * @param published    messages that ever came, as counted by the broker since it last started
 * @param acknowledged messages that were ever done, likewise
 * @param consumers    consumers that take from it now
 */
public record Signal(Backlog backlog, long published, long acknowledged, int consumers) {}

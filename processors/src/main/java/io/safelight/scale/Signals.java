package io.safelight.scale;

/** Where signals come from. */
public interface Signals {
    /**
     * @throws io.safelight.error.Unavailable where the broker does not answer: nobody may take that for an empty queue
     * @throws io.safelight.error.Rejected    where there is no such queue
     */
    Signal look(String queue);
}

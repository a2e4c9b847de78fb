package io.safelight.camel;

import io.safelight.error.Code;
import io.safelight.error.Unavailable;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Whether new work is taken now. Asked before anything of a request is read. */
@Singleton
public class Admission {
    private volatile boolean stopping;

    /** From now on nothing is taken. */
    void close() {
        stopping = true;
    }

    /** Why no request is taken; empty where one is. */
    public Optional<Unavailable> refusal() {
        return stopping ? refused("This process is stopping; send the request again, another one takes it.") : Optional.empty();
    }

    private static Optional<Unavailable> refused(String why) {
        return Optional.of(new Unavailable(Code.BUSY, why, null));
    }
}

package io.safelight.error;

/** We are at fault (a broken invariant, a message we cannot read): keep the message as a dead letter and tell a person. */
public final class Fault extends SafelightException {
    public Fault(String detail) {
        this(detail, null);
    }

    public Fault(String detail, Throwable cause) {
        super(Code.INTERNAL, detail, cause);
    }
}

package io.safelight.error;

/** The input is at fault and will be every time: refuse it, tell the sender, never retry. */
public final class Rejected extends SafelightException {
    public Rejected(Code code, String detail) {
        this(code, detail, null);
    }

    public Rejected(Code code, String detail, Throwable cause) {
        super(code, detail, cause);
    }
}

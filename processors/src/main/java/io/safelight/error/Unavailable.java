package io.safelight.error;

/** Something we depend on did not answer, or has no room: the same attempt may work later. */
public final class Unavailable extends SafelightException {
    public Unavailable(Code code, String detail, Throwable cause) {
        super(code, detail, cause);
    }

    public Unavailable(String detail, Throwable cause) {
        this(Code.UNAVAILABLE, detail, cause);
    }
}

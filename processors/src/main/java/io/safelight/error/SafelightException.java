package io.safelight.error;

/** A fault with a {@link Code} and a sentence that says what to do. Its subtype says what becomes of the message that met it. */
public abstract sealed class SafelightException extends RuntimeException permits Rejected, Unavailable, Overtaken, Fault {
    private final Code code;

    SafelightException(Code code, String detail, Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    public Problem problem() {
        return Problem.of(code, getMessage());
    }
}

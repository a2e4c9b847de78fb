package io.safelight.error;

/** What one image alone has in its way, such as a decision that was taken meanwhile: try it again later, and hold up no other for it. */
public final class Overtaken extends SafelightException {
    public Overtaken(String detail) {
        super(Code.UNAVAILABLE, detail, null);
    }
}

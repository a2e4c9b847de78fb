package io.safelight.error;

/**
 * A problem document (RFC 9457).
 *
 * @param type   {@code urn:safelight:problem:<code>}
 * @param title  the same for every occurrence of the code
 * @param status the HTTP status
 * @param code   the stable slug of {@link Code}
 * @param detail a sentence about this occurrence that says what to do
 */
public record Problem(String type, String title, int status, String code, String detail) {
    public static final String CONTENT_TYPE = "application/problem+json";

    public static Problem of(Code code, String detail) {
        return new Problem("urn:safelight:problem:" + code.slug(), code.title(), code.status(), code.slug(), detail);
    }

    /** The problem to show for any throwable: a fault of ours keeps its inner text to the log. */
    public static Problem of(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof Fault) {
                break;
            }
            if (t instanceof SafelightException e) {
                return e.problem();
            }
        }
        return of(Code.INTERNAL, "The request could not be completed; the log has the cause under this request's trace id.");
    }
}

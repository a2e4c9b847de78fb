package io.safelight.camel;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.slf4j.MDC;

/** One trace id from upload to first serve, in every message and every log line. */
final class Trace {
    /** W3C trace context: version, trace id, parent id, flags. */
    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}");
    private static final String ZERO = "0".repeat(32);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Trace() {}

    /** The caller's trace id, or a new one where the header is absent or not well formed. */
    static String of(String traceparent) {
        var match = TRACEPARENT.matcher(traceparent == null ? "" : traceparent);
        if (match.matches() && !match.group(1).equals(ZERO)) {
            return match.group(1);
        }
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Puts trace and image into the exchange, and into the log lines of this thread until {@link Work} takes them out again. */
    static void begin(Exchange exchange, String trace, UUID image) {
        exchange.setProperty(Properties.TRACE, trace);
        MDC.put("trace", trace);
        if (image != null) {
            exchange.setProperty(Properties.IMAGE, image);
            MDC.put("image", image.toString());
        }
    }

    static String of(Exchange exchange) {
        return exchange.getProperty(Properties.TRACE, String.class);
    }
}

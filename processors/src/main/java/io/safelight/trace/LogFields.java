package io.safelight.trace;

import java.util.Locale;
import org.slf4j.MDC;

/** What each log line of this thread bears beside its message. */
public enum LogFields {
    TRACE, IMAGE, ROUTE, GROUP;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** @param value null for none */
    public void set(String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }

    public String get() {
        return MDC.get(key);
    }

    public static void clear() {
        for (LogFields field : values()) {
            field.set(null);
        }
    }

    /** Does something whose lines are of another trace than what this thread is at. */
    public static void of(String trace, String image, Runnable work) {
        String ownTrace = TRACE.get();
        String ownImage = IMAGE.get();
        TRACE.set(trace);
        IMAGE.set(image);
        try {
            work.run();
        } finally {
            TRACE.set(ownTrace);
            IMAGE.set(ownImage);
        }
    }
}

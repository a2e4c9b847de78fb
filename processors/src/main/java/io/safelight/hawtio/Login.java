package io.safelight.hawtio;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** One user with a password. From one address it may be wrong a few times a minute. Safe for several threads. */
public final class Login {
    private static final Logger LOG = Logger.getLogger("io.safelight.hawtio");
    private static final int FAILURES = 10;
    private static final int ADDRESSES = 1_000;
    private static final Duration SPAN = Duration.ofMinutes(1);

    private record Failures(long begun, int count) {}

    private final byte[] user;
    private final byte[] password;
    private final LongSupplier nanos;
    private final Map<String, Failures> failures = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > ADDRESSES;
        }
    };

    /** @param nanos a clock that only goes forward, such as {@link System#nanoTime()} */
    public Login(String user, String password, LongSupplier nanos) {
        this.user = user.getBytes(StandardCharsets.UTF_8);
        this.password = password.getBytes(StandardCharsets.UTF_8);
        this.nanos = nanos;
    }

    /**
     * @param from address that asks
     * @throws Rejected {@code not-logged-in} for a wrong user or password; {@code too-many-attempts} for whatever comes from there after ten
     *     of them, until their minute is over
     */
    public synchronized void check(String from, String user, String password) {
        long now = nanos.getAsLong();
        Failures before = failures.get(from);
        if (before == null || now - before.begun > SPAN.toNanos()) {
            before = new Failures(now, 0);
        }
        if (before.count >= FAILURES) {
            throw new Rejected(Code.TOO_MANY_ATTEMPTS, "Too many wrong passwords in a minute; try again in the next.");
        }
        if (!(is(this.user, user) & is(this.password, password))) {
            failures.put(from, new Failures(before.begun, before.count + 1));
            if (before.count + 1 == FAILURES) {
                LOG.warnf("%d wrong passwords for Hawtio within a minute, all from one address", FAILURES);
            }
            throw new Rejected(Code.NOT_LOGGED_IN, "The user or the password is wrong; safelight.hawtio.user and .password say which are right.");
        }
    }

    private static boolean is(byte[] right, String given) {
        return given != null && MessageDigest.isEqual(right, given.getBytes(StandardCharsets.UTF_8));
    }
}

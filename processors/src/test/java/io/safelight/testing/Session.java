package io.safelight.testing;

import java.time.Duration;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** What holds for all tests of a JVM; named in {@code META-INF/services}. */
public final class Session implements LauncherSessionListener {
    /** On a busy machine; who has no reason to wait longer or less says nothing. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(PATIENCE);
        // as every main class of ours does
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    }
}

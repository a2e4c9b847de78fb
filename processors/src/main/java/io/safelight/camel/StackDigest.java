package io.safelight.camel;

import io.safelight.error.SafelightException;
import io.safelight.intake.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What failures of the same cause at the same place have in common: SHA-256, of which 16 hex digits are kept, over the classes of our exceptions
 * and of their root cause, and for each the place in our code that it came from. Whoever called that place, on which thread and
 * how deep, and what the messages say, has no part in it; nor have exceptions that only carry another over from a thread or a proxy.
 */
final class StackDigest {
    private static final int DIGITS = 16;
    private static final String OURS = "io.safelight.";
    /** What Quarkus, Camel and the JVM make of our classes. */
    private static final Pattern GENERATED = Pattern.compile("_(ClientProxy|Subclass|Bean)$|\\$\\$.*");
    private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

    private StackDigest() {}

    static String of(Throwable failure) {
        MessageDigest digest = Digests.sha256();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable t = failure; t != null && seen.add(t); t = t.getCause()) {
            if (t instanceof SafelightException || t.getCause() == null || seen.contains(t.getCause())) {
                digest.update((t.getClass().getName() + " " + place(t).orElse("elsewhere") + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return Digests.hex(digest).substring(0, DIGITS);
    }

    /** The topmost frame of ours that somebody wrote: proxies have no lines. */
    private static Optional<String> place(Throwable t) {
        return Stream.of(t.getStackTrace()).filter(frame -> frame.getClassName().startsWith(OURS) && frame.getLineNumber() >= 0)
                .findFirst().map(frame -> GENERATED.matcher(frame.getClassName()).replaceFirst("") + "."
                        + LAMBDA.matcher(frame.getMethodName()).replaceFirst("$1") + ":" + frame.getLineNumber());
    }
}

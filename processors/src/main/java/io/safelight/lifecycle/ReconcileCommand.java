package io.safelight.lifecycle;

import io.safelight.error.SafelightException;
import io.safelight.model.Reconciliation;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/** {@code ./safelight reconcile}: asks metadata for a reconciliation, which lifecycle does, and tells what comes of it. Ends with 0 where nothing is wrong, or left wrong. */
public final class ReconcileCommand {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration TAKEN_UP = Duration.ofSeconds(30);

    private final PrintStream out;
    private boolean mend;
    private Duration age;
    private URI url = URI.create("http://127.0.0.1:8080");

    private ReconcileCommand(PrintStream out) {
        this.out = out;
    }

    public static void main(String... arguments) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        System.exit(run(System.out, arguments));
    }

    /** @return the exit code: 0, 1 where something is wrong, 2 where it could not be found out */
    public static int run(PrintStream out, String... arguments) {
        try {
            ReconcileCommand command = new ReconcileCommand(out);
            command.read(arguments);
            return command.follow();
        } catch (IllegalArgumentException | SafelightException e) {
            out.println("safelight: " + e.getMessage());
            return 2;
        }
    }

    private void read(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--mend" -> mend = true;
                case "--age" -> {
                    age = duration(value);
                    i++;
                }
                case "--url" -> {
                    if (!value.matches("https?://[^\\s/]+/?")) {
                        throw new IllegalArgumentException("--url wants the address of the group metadata, such as http://127.0.0.1:8080");
                    }
                    url = URI.create(value);
                    i++;
                }
                default -> throw new IllegalArgumentException("reconcile knows --mend, --age and --url, not '" + arguments[i] + "'");
            }
        }
    }

    /** Of {@code 90s}, {@code 15m}, {@code 1h}, {@code 2d}, or as ISO 8601 has it. */
    private static Duration duration(String text) {
        try {
            String upper = text.toUpperCase(Locale.ROOT);
            return Duration.parse(upper.startsWith("P") ? upper : upper.endsWith("D") ? "P" + upper : "PT" + upper);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("--age wants a time such as 30m, 1h or 2d, not '" + text + "'");
        }
    }

    private int follow() {
        MetadataApi metadata = new MetadataApi(url);
        Reconciliation now = metadata.reconcile(mend, age, System.getProperty("user.name", ""));
        out.printf(Locale.ROOT, "Comparing object store and database, %s; what is younger than %s is left alone.%n",
                mend ? "and mending" : "to report and change nothing", now.age().toString().substring(2).toLowerCase(Locale.ROOT));
        Instant asked = Instant.now();
        long told = -1;
        while (now.ended() == null) {
            pause();
            now = metadata.reconciliation(now.id());
            if (now.worker() == null && asked.plus(TAKEN_UP).isBefore(Instant.now())) {
                out.println("No process has taken it up yet; is one of the group lifecycle running?");
                asked = Instant.now();
            }
            if (now.worker() != null && now.looked() != told) {
                told = now.looked();
                out.printf(Locale.ROOT, "  %,d images looked at, %,d findings%n", told, now.findings().stream().mapToLong(Reconciliation.Found::found).sum());
            }
        }
        return tell(now);
    }

    private int tell(Reconciliation end) {
        if (!end.findings().isEmpty()) {
            out.printf("%n%-20s %9s %9s%n", "", "found", "mended");
        }
        for (Reconciliation.Found f : end.findings()) {
            out.printf(Locale.ROOT, "%-20s %,9d %,9d%n", f.kind().slug(), f.found(), f.mended());
            f.first().forEach(example -> out.printf("  %s  %s%n", example.id(), example.what()));
        }
        long found = end.findings().stream().mapToLong(Reconciliation.Found::found).sum();
        out.printf(Locale.ROOT, "%,d images looked at: %,d findings, %,d mended, %,d left.%n", end.looked(), found, found - end.left(), end.left());
        return end.left() == 0 ? 0 : 1;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalArgumentException("interrupted; the reconciliation goes on");
        }
    }
}

package io.safelight.scale.backtest;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.scale.Target;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** {@code ./safelight backtest}: replays a recorded load to every way of scaling and tells what each came to. Ends with 0, or 2 where it could not be done. */
public final class Backtest {
    private static final Path REPORTS = Path.of("target/backtest");
    private static final Duration AHEAD = Duration.ofMinutes(2);
    private static final int MOST_SEEDS = 100;

    private double messages = 10;
    private int seeds = 5;
    private String name;

    private Backtest() {}

    public static void main(String... arguments) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        System.exit(run(System.out, REPORTS, arguments));
    }

    /** @param reports folder that a JSON file and a page with a plot are written to */
    static int run(PrintStream out, Path reports, String... arguments) {
        try {
            Backtest backtest = new Backtest();
            backtest.read(arguments);
            backtest.replay(out, reports);
            return 0;
        } catch (SafelightException e) {
            out.println("safelight: " + e.getMessage());
            return 2;
        }
    }

    private void read(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--messages-per-replica" -> {
                    messages = number(value, 1_000, "--messages-per-replica");
                    i++;
                }
                case "--seeds" -> {
                    seeds = number(value, MOST_SEEDS, "--seeds");
                    i++;
                }
                default -> {
                    if (name != null || arguments[i].startsWith("-")) {
                        throw wrong("backtest knows one trace, --messages-per-replica and --seeds, not '" + arguments[i] + "'.");
                    }
                    name = arguments[i];
                }
            }
        }
        if (name == null) {
            throw wrong("backtest wants a trace: a CSV file of moments and counts, also gzipped, or 'noise'.");
        }
    }

    private static int number(String value, int most, String option) {
        if (!value.matches("[1-9]\\d{0,3}") || Integer.parseInt(value) > most) {
            throw wrong("%s wants a whole number from 1 to %d, not '%s'.".formatted(option, most, value));
        }
        return Integer.parseInt(value);
    }

    private static Rejected wrong(String what) {
        return new Rejected(Code.BAD_PARAMETER, what);
    }

    private void replay(PrintStream out, Path reports) {
        Trace trace = name.equals("noise") && !Files.exists(Path.of(name)) ? Trace.noise() : Trace.read(Path.of(name));
        Target target = new Target(messages, 1, AHEAD);
        List<Replay> replays = LongStream.rangeClosed(1, seeds).parallel().mapToObj(seed -> Replay.of(trace, seed, target)).toList();
        new Report(new Result(trace, target, replays)).write(out, reports);
    }
}

package io.safelight.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The command line.
 *
 * @param seed     of the plan, the pictures and the poison
 * @param kills    processes to kill
 * @param uploads  images to upload while that goes on
 * @param scenario {@code mixed}; the name of one {@link Fault.Kind} to see it alone, {@code each} for all of those in turn; {@code poison}
 *                 for the latency of good images beside bad messages; {@code alerts} for who is called when
 * @param embedded whether everything runs in one process, with the servers in it
 * @param resume   whether a run of this seed that was broken off is gone on with; kills and uploads are then those that it began with
 */
record Options(long seed, int kills, int uploads, String scenario, boolean embedded, boolean resume) {
    static final String MIXED = "mixed";
    static final String EACH = "each";
    static final String POISON = "poison";
    static final String ALERTS = "alerts";

    /** Refused words on the command line. */
    static final class Refused extends RuntimeException {
        Refused(String sentence) {
            super(sentence);
        }
    }

    /** Broken off and gone on with, if it can be. */
    Options resumed() {
        if (!scenario.equals(MIXED)) {
            throw new Refused("a run of --scenario " + scenario + " cannot be gone on with; begin it again, without --resume.");
        }
        return new Options(seed, kills, uploads, scenario, embedded, true);
    }

    /** Where a few large images would be in the way of what is measured, all are tiny. */
    Pictures pictures() {
        return new Pictures(seed, !List.of(POISON, ALERTS).contains(scenario));
    }

    static Options parse(String... args) {
        long seed = RandomGenerator.getDefault().nextInt(1, 1_000_000);
        int kills = 20;
        int uploads = 500;
        String scenario = MIXED;
        boolean embedded = false;
        boolean resume = false;
        for (int i = 0; i < args.length; i++) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (args[i]) {
                case "--embedded" -> embedded = true;
                case "--resume" -> resume = true;
                case "--seed" -> seed = number(args[i++], value, 0);
                case "--kills" -> kills = number(args[i++], value, 0);
                case "--uploads" -> uploads = number(args[i++], value, 1);
                case "--scenario" -> {
                    scenario = scenario(value);
                    i++;
                }
                default -> throw new Refused("chaos takes --seed N, --kills N, --uploads N, --scenario NAME, --embedded and --resume, not '" + args[i] + "'.");
            }
        }
        if (embedded && !scenario.equals(MIXED)) {
            throw new Refused("--embedded has one process, which can be killed, and no servers beside it to be hurt; leave --scenario out.");
        }
        if (resume && Arrays.stream(args).noneMatch("--seed"::equals)) {
            throw new Refused("--resume wants to be told the --seed of the run to go on with.");
        }
        List<String> settled = resume ? Stream.of("--kills", "--uploads", "--scenario").filter(Arrays.asList(args)::contains).toList() : List.of();
        if (!settled.isEmpty()) {
            throw new Refused("--resume goes on with what the run began with; leave " + String.join(", ", settled) + " out.");
        }
        return new Options(seed, kills, uploads, scenario, embedded, resume);
    }

    private static int number(String name, String value, int least) {
        if (!value.matches("[0-9]{1,8}") || Integer.parseInt(value) < least) {
            throw new Refused(name + " wants a number from " + least + " on, not '" + value + "'.");
        }
        return Integer.parseInt(value);
    }

    private static String scenario(String name) {
        List<String> names = Arrays.stream(Fault.Kind.values()).map(Fault.Kind::slug).toList();
        if (!List.of(MIXED, EACH, POISON, ALERTS).contains(name) && !names.contains(name)) {
            throw new Refused("--scenario is mixed, each, poison, alerts, or one of " + String.join(", ", names) + ", not '" + name + "'.");
        }
        return name;
    }
}

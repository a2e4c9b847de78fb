package io.safelight.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * One thing that goes wrong.
 *
 * @param victims processes or servers, all hit at once
 * @param length  how long it lasts; of a kill, until it is started again
 * @param hurry   whether it comes without waiting for the last one to be got over
 */
record Fault(Kind kind, List<String> victims, Duration length, boolean hurry) {
    static final String BROKER = "broker";
    static final String DATABASE = "database";
    static final String STORE = "store";
    static final List<String> SERVERS = List.of(BROKER, DATABASE, STORE);

    enum Kind {
        /** {@code kill -9}, of processes and servers alike. */
        KILL,
        /** SIGTERM, and the process ends by itself. */
        DRAIN,
        /** SIGSTOP: connections stay open and nobody answers. */
        STILL,
        /** Connections are reset, and new ones too. */
        CUT,
        /** Every piece of data is a while on its way. */
        SLOW,
        /** The file system of the object store has no room left. */
        FULL_DISK,
        /** RabbitMQ takes nothing more from publishers, as when it is out of memory. */
        ALARM;

        String slug() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    boolean isKill() {
        return kind == Kind.KILL;
    }

    @Override
    public String toString() {
        return kind.slug() + " " + String.join(", ", victims);
    }

    /**
     * A plan of so many kills, with other faults between them.
     *
     * @param processes that can be killed
     * @param kinds     what can be done to servers besides; none where there are none
     */
    static List<Fault> plan(RandomGenerator random, int kills, List<String> processes, List<Kind> kinds) {
        List<Fault> plan = new ArrayList<>();
        for (int killed = 0; killed < kills; ) {
            if (!kinds.isEmpty() && random.nextInt(8) == 0) {
                plan.add(other(random, kinds.get(random.nextInt(kinds.size())), processes));
                continue;
            }
            List<String> victims = victims(random, processes, !kinds.isEmpty());
            victims = victims.subList(0, Math.min(victims.size(), kills - killed));
            killed += victims.size();
            plan.add(new Fault(Kind.KILL, victims, millis(random, 0, 1_500), random.nextBoolean()));
        }
        return plan;
    }

    /** Mostly one; sometimes all at once, and sometimes a server. */
    private static List<String> victims(RandomGenerator random, List<String> processes, boolean servers) {
        int dice = random.nextInt(20);
        if (dice == 0) {
            return processes;
        }
        List<String> among = dice == 1 && servers ? SERVERS : processes;
        return List.of(among.get(random.nextInt(among.size())));
    }

    private static Fault other(RandomGenerator random, Kind kind, List<String> processes) {
        String victim = switch (kind) {
            case FULL_DISK -> STORE;
            case ALARM -> BROKER;
            case DRAIN -> processes.get(random.nextInt(processes.size()));
            default -> SERVERS.get(random.nextInt(SERVERS.size()));
        };
        // now and then longer than a publisher waits for its confirm and a client for the store
        Duration length = random.nextInt(5) == 0 ? millis(random, 12_000, 20_000) : millis(random, 500, 6_000);
        // a process that is still starting has nothing to drain, and ends as any other by SIGTERM
        return new Fault(kind, List.of(victim), kind == Kind.DRAIN ? Duration.ZERO : length, kind != Kind.DRAIN && random.nextInt(3) == 0);
    }

    private static Duration millis(RandomGenerator random, int from, int to) {
        return Duration.ofMillis(random.nextInt(from, to));
    }
}

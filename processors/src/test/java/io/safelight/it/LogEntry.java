package io.safelight.it;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line of the log, and the stack that may follow it. */
record LogEntry(String line, List<String> stack) {
    private static final Pattern BLOCKED = Pattern.compile("(\\S+) WARN .*\\[[^]]*\\.BlockedThreadChecker\\] .* has been blocked for (\\d+) ms, time limit is (\\d+) ms.*");

    static List<LogEntry> of(List<String> lines) {
        List<LogEntry> entries = new ArrayList<>();
        for (String line : lines) {
            if (!entries.isEmpty() && (line.startsWith("\t") || line.startsWith("Caused by: "))) {
                entries.getLast().stack.add(line);
            } else {
                entries.add(new LogEntry(line, new ArrayList<>()));
            }
        }
        return entries;
    }

    /** Whether it says of a thread that it was blocked which was kept from working by the machine alone, and would have been done in time. */
    boolean blames(Heartbeat machine) {
        Matcher blocked = BLOCKED.matcher(line);
        if (!blocked.matches()) {
            return false;
        }
        Instant end = latest(LocalTime.parse(blocked.group(1)));
        Duration took = Duration.ofMillis(Long.parseLong(blocked.group(2)));
        Duration limit = Duration.ofMillis(Long.parseLong(blocked.group(3)));
        return took.minus(machine.stoodStill(end.minus(took), end)).compareTo(limit) < 0;
    }

    /** The log tells no date. */
    private static Instant latest(LocalTime time) {
        LocalDateTime now = LocalDateTime.now();
        LocalDateTime today = now.with(time);
        return (today.isAfter(now) ? today.minusDays(1) : today).atZone(ZoneId.systemDefault()).toInstant();
    }
}

package io.safelight.config;

import io.safelight.model.KnownEvent;
import io.safelight.model.Topology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code config/events.yaml}: times of more work than usual that somebody knows of beforehand. There need not be one, nor such a file. */
public final class EventsFile {
    public static final String NAME = "config/events.yaml";
    private static final Set<String> KEYS = Set.of("name", "queue", "from", "until", "per-minute");
    private static final Set<String> QUEUES = Stream.of(Topology.Work.values()).map(Topology.Work::queue).collect(Collectors.toUnmodifiableSet());
    private static final int MOST = 10_000_000;

    private EventsFile() {}

    /** @throws io.safelight.error.Fault naming every finding */
    public static List<KnownEvent> load(Path path) {
        return check(path).orThrow();
    }

    public static Checked<List<KnownEvent>> check(Path path) {
        if (!Files.exists(path)) {
            return new Checked<>(List.of(), List.of());
        }
        return YamlFile.readAny(path, "events", entries -> {
            List<KnownEvent> events = new ArrayList<>();
            entries.forEach(entry -> events.add(event(entry)));
            return Collections.unmodifiableList(events);
        });
    }

    private static KnownEvent event(YamlFile.Entry entry) {
        entry.onlyKeys(KEYS);
        String name = entry.text("name", text -> !text.isBlank(), "say what it is");
        String queue = entry.text("queue", QUEUES::contains, "write one of " + QUEUES.stream().sorted().toList());
        Instant from = moment(entry, "from");
        Instant until = moment(entry, "until");
        Double perMinute = entry.positive("per-minute", MOST);
        if (from != null && until != null && !from.isBefore(until)) {
            entry.find("until", "it ends before it begins", "write a moment after 'from'");
        }
        return name == null || queue == null || from == null || until == null || perMinute == null ? null : new KnownEvent(name, queue, from, until, perMinute);
    }

    private static Instant moment(YamlFile.Entry entry, String key) {
        String text = entry.text(key, EventsFile::isMoment, "write a moment with its offset, such as 2026-12-24T18:00:00+01:00");
        return text == null ? null : OffsetDateTime.parse(text).toInstant();
    }

    private static boolean isMoment(String text) {
        try {
            return OffsetDateTime.parse(text) != null;
        } catch (DateTimeException e) {
            return false;
        }
    }
}

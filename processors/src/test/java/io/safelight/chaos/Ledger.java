package io.safelight.chaos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.safelight.model.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What was promised to us, written down the moment it was: the one side of the comparison. A file that survives its writer. */
final class Ledger implements AutoCloseable {
    /** What an upload is to become, or that it is a message nobody can process. */
    enum Kind {
        GOOD("published"), BROKEN("rejected"), WATCHED("review"), BANNED("blocked"), POISON("failed");

        final String state;

        Kind(String state) {
            this.state = state;
        }
    }

    /**
     * @param number of the upload or of the poison
     * @param id     of the image; of a poison, of the message
     * @param sent   when it was sent first
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(Kind kind, int number, String id, Instant sent, Instant acknowledged) {}

    /** Either an entry or a fault that is over. */
    private record Line(Entry entry, String fault, Integer kills) {}

    private final Map<Integer, Entry> uploads = new ConcurrentSkipListMap<>();
    private final Map<Integer, Entry> poison = new ConcurrentSkipListMap<>();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final BufferedWriter file;
    private int kills;

    /** Goes on with what is in the file. */
    Ledger(Path path) throws IOException {
        if (Files.exists(path)) {
            for (String line : Files.readAllLines(path)) {
                // the last line may be half a line, of a promise nobody has read
                if (line.endsWith("}")) {
                    add(Json.MAPPER.readValue(line, Line.class));
                }
            }
        }
        file = Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    void acknowledged(Entry entry) {
        write(new Line(entry, null, null));
    }

    void over(Fault fault) {
        write(new Line(null, fault.toString(), fault.isKill() ? fault.victims().size() : 0));
    }

    private synchronized void write(Line line) {
        add(line);
        try {
            file.write(Json.MAPPER.writeValueAsString(line));
            file.newLine();
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(Line line) {
        if (line.entry() != null) {
            (line.entry().kind() == Kind.POISON ? poison : uploads).put(line.entry().number(), line.entry());
        } else {
            faults.add(line.fault());
            kills += line.kills();
        }
    }

    Map<Integer, Entry> uploads() {
        return uploads;
    }

    Map<Integer, Entry> poison() {
        return poison;
    }

    /** How many faults of the plan are over. */
    int faults() {
        return faults.size();
    }

    synchronized int kills() {
        return kills;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

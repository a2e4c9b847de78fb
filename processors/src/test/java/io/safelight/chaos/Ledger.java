package io.safelight.chaos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.safelight.model.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What was promised to us, written down the moment it was: the one side of the comparison. A file that survives its writer; its first
 * line says what run it is of.
 */
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

    /** Of a run its options; or an entry; or a fault that was over then. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(Options run, Entry entry, String fault, Integer kills, Instant over) {
        static Line of(Entry entry) {
            return new Line(null, entry, null, null, null);
        }
    }

    private final Map<Integer, Entry> uploads = new ConcurrentSkipListMap<>();
    private final Map<Integer, Entry> poison = new ConcurrentSkipListMap<>();
    private final List<Instant> faults = new CopyOnWriteArrayList<>();
    private final BufferedWriter file;
    private Options run;
    private int kills;

    /** Goes on with what is in the file. */
    Ledger(Path path) throws IOException {
        if (Files.exists(path)) {
            dropHalfLine(path);
            for (String line : Files.readAllLines(path)) {
                add(Json.MAPPER.readValue(line, Line.class));
            }
        }
        file = Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The last line may be half a line, of a promise nobody has read: who is promised it again finds it kept. */
    private static void dropHalfLine(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(whole);
        }
    }

    /** Of a new run. */
    void begin(Options options) {
        write(new Line(options, null, null, null, null));
    }

    /** Which run this is of; empty where it was never begun. */
    Optional<Options> run() {
        return Optional.ofNullable(run);
    }

    void acknowledged(Entry entry) {
        write(Line.of(entry));
    }

    void over(Fault fault) {
        write(new Line(null, null, fault.toString(), fault.isKill() ? fault.victims().size() : 0, Instant.now()));
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
        if (line.run() != null) {
            run = line.run();
        } else if (line.entry() != null) {
            (line.entry().kind() == Kind.POISON ? poison : uploads).put(line.entry().number(), line.entry());
        } else {
            faults.add(line.over());
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

    /** Whether a fault was over between these times. */
    boolean wasHurt(Instant from, Instant to) {
        return faults.stream().anyMatch(over -> !over.isBefore(from) && !over.isAfter(to));
    }

    synchronized int kills() {
        return kills;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

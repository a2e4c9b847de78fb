package io.safelight.scale;

import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A history between two runs: four weeks and a day of it, about 330 kB. */
public final class HistoryFile {
    private static final int MAGIC = 0x534C4831;
    private static final int KEPT = 4 * History.WEEK + History.DAY;

    private HistoryFile() {}

    /**
     * Rates of consecutive steps.
     *
     * @param last  the step of the last rate, counted from the epoch
     * @param rates messages per second; NaN where not known
     */
    public record Rates(long last, float[] rates) {}

    /** A write that is cut short leaves the file that was there. */
    public static void write(Path file, History history, long last) {
        int count = (int) Math.min(KEPT, history.steps() - history.first());
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished)))) {
                out.writeInt(MAGIC);
                out.writeLong(last);
                out.writeInt(count);
                for (long step = history.steps() - count; step < history.steps(); step++) {
                    out.writeFloat((float) history.rate(step));
                }
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Unavailable("The history of arrivals cannot be written to %s; see that there is space and that the folder may be written.".formatted(file), e);
        }
    }

    /**
     * @return no rates where there is no file
     * @throws Fault where the file is no history
     */
    public static Rates read(Path file) {
        if (!Files.exists(file)) {
            return new Rates(0, new float[0]);
        }
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            int magic = in.readInt();
            long last = in.readLong();
            int count = in.readInt();
            if (magic != MAGIC || count < 0 || count > KEPT) {
                throw new IOException("not written by this program");
            }
            float[] rates = new float[count];
            for (int i = 0; i < count; i++) {
                rates[i] = in.readFloat();
            }
            return new Rates(last, rates);
        } catch (IOException e) {
            throw new Fault("%s is no history of arrivals; move it away, and scaling is reactive until there is a new one.".formatted(file), e);
        }
    }
}

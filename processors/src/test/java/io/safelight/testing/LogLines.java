package io.safelight.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** What is logged while this is open, by whomever, from INFO on: all that a line could show. */
public final class LogLines extends Handler implements AutoCloseable {
    private record Line(Level level, String text) {}

    private final List<Line> lines = new CopyOnWriteArrayList<>();

    public LogLines() {
        setLevel(Level.INFO);
        Logger.getLogger("").addHandler(this);
    }

    public Stream<String> stream() {
        return lines.stream().map(Line::text);
    }

    /** Those at ERROR, and above. */
    public Stream<String> errors() {
        return lines.stream().filter(line -> line.level().intValue() >= Level.SEVERE.intValue()).map(Line::text);
    }

    @Override
    public void publish(LogRecord line) {
        StringWriter text = new StringWriter().append(line.getMessage()).append(Arrays.toString(line.getParameters()));
        if (line.getThrown() != null) {
            line.getThrown().printStackTrace(new PrintWriter(text));
        }
        lines.add(new Line(line.getLevel(), text.toString()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        Logger.getLogger("").removeHandler(this);
    }
}

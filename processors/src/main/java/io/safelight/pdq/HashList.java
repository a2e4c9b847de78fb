package io.safelight.pdq;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.Iterator;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Lists of hashes as text, a line each: the hash; {@code hash note}; or {@code hash,quality,note} as the tools of ThreatExchange write it, of
 * which quality and note may be missing or empty. Empty lines, what begins with {@code #}, and a heading that begins with {@code hash,} are
 * passed over.
 */
public final class HashList {
    /** The longest line, in characters. */
    public static final int LONGEST_LINE = 1_000;

    private static final int DIGITS = 64;

    private HashList() {}

    /** @param quality 0..100; null where it is not known @param note in one line; empty where there is none */
    public record Entry(PdqHash hash, Integer quality, String note) {
        public Entry {
            note = note == null ? "" : note.replaceAll("[\\s\\p{Z}\\p{Cc}]+", " ").strip();
        }
    }

    /**
     * Reads to the end, keeping no more than a line.
     *
     * @param most  hashes that are taken
     * @param taken called for each hash, also for those before a line that is refused
     * @throws Rejected {@code malformed-request} or {@code too-large}, with the number of the line
     */
    public static void read(Reader text, int most, Consumer<Entry> taken) throws IOException {
        BufferedReader buffered = new BufferedReader(text);
        int hashes = 0;
        int number = 1;
        for (String line = line(buffered, number); line != null; line = line(buffered, ++number)) {
            String content = number == 1 && line.startsWith("\ufeff") ? line.substring(1).strip() : line.strip();
            boolean heading = hashes == 0 && content.toLowerCase(Locale.ROOT).startsWith("hash,");
            if (content.isEmpty() || content.startsWith("#") || heading) {
                continue;
            }
            if (hashes++ == most) {
                throw new Rejected(Code.TOO_LARGE, "Line %d: this is more than %,d hashes; send the list in several parts.".formatted(number, most));
            }
            taken.accept(entry(content, number));
        }
    }

    /** A line each, in the form that says all there is to say. A note that is too long for its line is cut, so that {@link #read} takes all of them. */
    public static void write(Iterator<Entry> entries, Appendable out) throws IOException {
        while (entries.hasNext()) {
            Entry entry = entries.next();
            String line = entry.hash() + (entry.quality() == null ? "" : "," + entry.quality());
            if (!entry.note().isEmpty()) {
                line += (entry.quality() == null ? " " : ",") + entry.note();
            }
            out.append(line, 0, end(line)).append('\n');
        }
    }

    /** Where a line is to end; never in the midst of a character. */
    private static int end(String line) {
        int end = Math.min(line.length(), LONGEST_LINE);
        return end < line.length() && Character.isSurrogatePair(line.charAt(end - 1), line.charAt(end)) ? end - 1 : end;
    }

    private static Entry entry(String line, int number) {
        PdqHash hash;
        try {
            hash = PdqHash.parse(line.substring(0, endOfHash(line)));
        } catch (Rejected e) {
            throw refused(number, e.getMessage() + " Behind it may stand a space and a note, or a comma, the quality, a comma and a note.", e);
        }
        String rest = line.substring(DIGITS);
        return rest.startsWith(",") ? fields(hash, rest.substring(1).split(",", 2), number) : new Entry(hash, null, rest);
    }

    private static int endOfHash(String line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != ',' && !Character.isWhitespace(line.charAt(end))) {
            end++;
        }
        return end;
    }

    private static Entry fields(PdqHash hash, String[] fields, int number) {
        String quality = fields[0].strip();
        if (!quality.isEmpty() && !quality.matches("\\d{1,2}|100")) {
            throw refused(number, "'%s' is not a quality: write a whole number from 0 to 100 behind the first comma, or nothing.".formatted(quality), null);
        }
        return new Entry(hash, quality.isEmpty() ? null : Integer.valueOf(quality), fields.length == 1 ? "" : fields[1]);
    }

    /** The next line without its end, or null. */
    private static String line(BufferedReader text, int number) throws IOException {
        StringBuilder line = new StringBuilder();
        int c = text.read();
        if (c < 0) {
            return null;
        }
        for (; c >= 0 && c != '\n'; c = text.read()) {
            if (line.length() == LONGEST_LINE) {
                throw refused(number, "it has more than %,d characters: write one hash a line, and a shorter note.".formatted(LONGEST_LINE), null);
            }
            line.append((char) c);
        }
        return line.toString();
    }

    private static Rejected refused(int number, String why, Exception cause) {
        return new Rejected(Code.MALFORMED_REQUEST, "Line %d: %s".formatted(number, why), cause);
    }
}

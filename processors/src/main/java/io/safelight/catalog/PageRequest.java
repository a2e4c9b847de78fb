package io.safelight.catalog;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.State;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which part of a listing is wanted, newest first. */
public final class PageRequest {
    private static final int LIMIT = 50;
    private static final int MOST = 200;
    private static final int LONGEST_TEXT = 200;

    private final State state;
    private final String find;
    private final int limit;
    private final Cursor after;

    private PageRequest(State state, String find, int limit, Cursor after) {
        this.state = state;
        this.find = find;
        this.limit = limit;
        this.after = after;
    }

    /**
     * The query parameters as they came; null or empty where absent.
     *
     * @throws Rejected {@code bad-parameter}
     */
    public static PageRequest of(String state, String limit, String cursor) {
        return new PageRequest(state(state), null, limit(limit), absent(cursor) ? null : Cursor.decode(cursor));
    }

    /**
     * The same of what has a text in its name, or begins its id with it.
     *
     * @param text as it came; null or blank for all
     * @throws Rejected {@code bad-parameter}
     */
    public PageRequest finding(String text) {
        if (text != null && text.length() > LONGEST_TEXT) {
            throw new Rejected(Code.BAD_PARAMETER, "What is looked for has at most " + LONGEST_TEXT + " characters.");
        }
        return new PageRequest(state, text == null || text.isBlank() ? null : text.strip(), limit, after);
    }

    State state() {
        return state;
    }

    /** Null where nothing is looked for. */
    String find() {
        return find;
    }

    int limit() {
        return limit;
    }

    /** Null on the first page. */
    Cursor after() {
        return after;
    }

    /** The cursor of the page after this one, from rows of which one more than the limit was asked for. */
    <T> String next(List<T> rows, Function<T, Cursor> cursor) {
        return rows.size() <= limit ? null : cursor.apply(rows.get(limit - 1)).encode();
    }

    private static State state(String text) {
        if (absent(text)) {
            return null;
        }
        return Arrays.stream(State.values()).filter(s -> s.slug().equals(text)).findFirst().orElseThrow(() -> new Rejected(
                Code.BAD_PARAMETER, "There is no such state. Known are: "
                        + Arrays.stream(State.values()).map(State::slug).collect(Collectors.joining(", ")) + "."));
    }

    private static int limit(String text) {
        if (absent(text)) {
            return LIMIT;
        }
        if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MOST) {
            return Integer.parseInt(text);
        }
        throw new Rejected(Code.BAD_PARAMETER, "The limit is a number from 1 to " + MOST + ".");
    }

    private static boolean absent(String text) {
        return text == null || text.isEmpty();
    }
}

package io.safelight.camel.check;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.TreeSet;

/** What a misspelt name was meant to be. */
final class Names {
    private static final int LISTABLE = 12;

    private Names() {}

    /** "Did you mean 'x'?" where a known name is near, else the known names where they are few, else the sentence given. */
    static String suggest(String word, Collection<String> known, String otherwise) {
        return known.stream()
                .min(Comparator.comparingInt((String name) -> distance(word, name)).thenComparing(Comparator.naturalOrder()))
                .filter(name -> distance(word, name) <= Math.max(1, word.length() / 3))
                .map(name -> "Did you mean '" + name + "'?")
                .orElse(known.isEmpty() || known.size() > LISTABLE
                        ? otherwise
                        : otherwise + " Known: " + String.join(", ", new TreeSet<>(known)) + ".");
    }

    /** Single letters to insert, drop, replace or swap with their neighbour (optimal string alignment), case counting for nothing. */
    static int distance(String a, String b) {
        String x = a.toLowerCase(Locale.ROOT);
        String y = b.toLowerCase(Locale.ROOT);
        int[][] d = new int[x.length() + 1][y.length() + 1];
        for (int i = 0; i <= x.length(); i++) {
            for (int j = 0; j <= y.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = x.charAt(i - 1) == y.charAt(j - 1);
                d[i][j] = Math.min(d[i - 1][j - 1] + (same ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1 && j > 1 && x.charAt(i - 1) == y.charAt(j - 2) && x.charAt(i - 2) == y.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[x.length()][y.length()];
    }
}

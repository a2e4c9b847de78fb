package io.safelight.camel.check;

import java.util.Collection;
import java.util.Comparator;
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

    /** Levenshtein's distance, case counting for nothing. */
    static int distance(String a, String b) {
        String x = a.toLowerCase(java.util.Locale.ROOT);
        String y = b.toLowerCase(java.util.Locale.ROOT);
        int[] row = new int[y.length() + 1];
        for (int j = 0; j <= y.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= x.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= y.length(); j++) {
                int replaced = diagonal + (x.charAt(i - 1) == y.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[y.length()];
    }
}

package io.safelight.validate;

import java.text.Normalizer;
import java.util.regex.Pattern;

/** Makes of the name a sender gave a file one that is safe to show. It is never used as a path. */
public final class Names {
    private static final int MAX_LENGTH = 200;
    private static final String UNNAMED = "unnamed";

    /** Controls, line separators, lone surrogates, and what turns the reading direction or is not seen; joiners stay, as scripts and emoji need them. */
    private static final Pattern UNSHOWABLE = Pattern.compile(
            "[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\x{061c}\\x{200b}\\x{200e}\\x{200f}\\x{202a}-\\x{202e}\\x{2060}-\\x{206f}\\x{feff}\\x{fff9}-\\x{ffff}]");

    private Names() {}

    /** @return the last part of the name in NFC, at most 200 characters, or {@code unnamed}; never null */
    public static String clean(String name) {
        if (name == null) {
            return UNNAMED;
        }
        String shown = UNSHOWABLE.matcher(Normalizer.normalize(name, Normalizer.Form.NFC)).replaceAll("");
        String last = shown.substring(Math.max(shown.lastIndexOf('/'), shown.lastIndexOf('\\')) + 1);
        String bare = last.replaceFirst("^[A-Za-z]:", "").strip();
        return bare.isEmpty() || bare.equals(".") || bare.equals("..") ? UNNAMED : cut(bare).strip();
    }

    private static String cut(String name) {
        if (name.length() <= MAX_LENGTH) {
            return name;
        }
        return name.substring(0, Character.isHighSurrogate(name.charAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH);
    }
}

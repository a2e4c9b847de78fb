package io.safelight.camel.check;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * An entry of {@code config/application.properties}.
 *
 * @param key without a profile such as {@code %dev.}
 */
record Setting(String key, String value, int line) {
    static final String FILE = "config/application.properties";

    /** @return nothing where the file does not exist */
    static List<Setting> read(Path file) throws IOException {
        List<Setting> settings = new ArrayList<>();
        if (!Files.exists(file)) {
            return settings;
        }
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            int first = i;
            StringBuilder logical = new StringBuilder(lines.get(i));
            while (continues(lines.get(i)) && i + 1 < lines.size()) {
                logical.append('\n').append(lines.get(++i));
            }
            Properties one = new Properties();
            one.load(new StringReader(logical.toString()));
            one.forEach((key, value) ->
                    settings.add(new Setting(((String) key).replaceFirst("^%[^.]+\\.", ""), ((String) value).strip(), first + 1)));
        }
        return settings;
    }

    private static boolean continues(String line) {
        int backslashes = line.length() - line.replaceFirst("\\\\+$", "").length();
        return backslashes % 2 == 1 && !line.stripLeading().matches("[#!].*");
    }
}

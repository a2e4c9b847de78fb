package io.safelight.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code config/models.yaml}: which models look at images, and which are on trial beside them. */
public final class ModelsFile {
    private static final Set<String> KEYS = Set.of("name", "use", "candidate", "share", "decides");
    private static final String NAME = "[a-z0-9][a-z0-9._-]*";

    private ModelsFile() {}

    /**
     * @param used      whether it looks at all; a folder that stands there need not be
     * @param candidate the model on trial beside it; null where there is none
     * @param share     of the images the candidate looks at, percent
     * @param decides   whether the candidate's labels count for them, in place of the incumbent's
     */
    public record Entry(String name, boolean used, String candidate, int share, boolean decides) {}

    /** Nothing where there is no such file. @throws io.safelight.error.Fault naming every finding */
    public static List<Entry> load(Path file) {
        return check(file).orThrow();
    }

    public static Checked<List<Entry>> check(Path file) {
        if (Files.notExists(file)) {
            return new Checked<>(List.of(), List.of());
        }
        return YamlFile.read(file, "models", entries -> {
            List<Entry> all = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (YamlFile.Entry entry : entries) {
                entry.onlyKeys(KEYS);
                String name = name(entry, "name");
                Boolean used = entry.flag("use", true);
                String candidate = entry.has("candidate") ? name(entry, "candidate") : null;
                Integer share = entry.has("candidate") || entry.has("share") ? entry.integer("share", 1, 100) : (Integer) 0;
                Boolean decides = entry.flag("decides", false);
                for (String key : List.of("share", "decides")) {
                    if (entry.has(key) && !entry.has("candidate")) {
                        entry.find(key, "'" + key + "' is of a candidate, and there is none", "name the candidate, or leave '" + key + "' out");
                    }
                }
                for (String key : List.of("name", "candidate")) {
                    String model = key.equals("name") ? name : candidate;
                    if (model != null && !names.add(model)) {
                        entry.find(key, "the model '" + model + "' is named twice", "leave one out");
                    }
                }
                if (name != null && used != null && share != null && decides != null) {
                    all.add(new Entry(name, used, candidate, share, decides));
                }
            }
            return List.copyOf(all);
        });
    }

    private static String name(YamlFile.Entry entry, String key) {
        return entry.text(key, text -> text.matches(NAME), "write the name of a model's folder: small letters, digits, dots, hyphens");
    }
}

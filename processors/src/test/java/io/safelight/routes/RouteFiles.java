package io.safelight.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What the files under {@code routes/} define. */
final class RouteFiles {
    private static final Path FOLDER = Path.of("routes");
    private static final String SUFFIX = ".camel.yaml";
    private static final YAMLMapper YAML = new YAMLMapper();

    private RouteFiles() {}

    /** Every file, relative and without its suffix. */
    static List<String> all() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.map(file -> FOLDER.relativize(file).toString()).filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length())).sorted().toList();
        }
    }

    /** The routes of a file. */
    static List<String> ids(String file) throws IOException {
        return named(file, "route");
    }

    /** The route configurations of a file. */
    static List<String> configurations(String file) throws IOException {
        return named(file, "routeConfiguration");
    }

    private static List<String> named(String file, String kind) throws IOException {
        JsonNode items = YAML.readTree(FOLDER.resolve(file + SUFFIX).toFile());
        return StreamSupport.stream(items.spliterator(), false).filter(item -> item.has(kind)).map(item -> item.get(kind).get("id").asText()).toList();
    }
}

package io.safelight.camel.check;

import io.safelight.config.ConfigReference;
import io.safelight.config.Finding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.camel.catalog.CamelCatalog;
import org.apache.camel.catalog.DefaultCamelCatalog;

/** Everything that is checked, read once. */
final class Project {
    static final String ROUTE_SUFFIX = ".camel.yaml";
    static final String KAMELET_SUFFIX = ".kamelet.yaml";

    final CamelCatalog catalog = new DefaultCamelCatalog(true);
    /** What could not be read. */
    final List<Finding> unreadable = new ArrayList<>();
    /** The text of every route and kamelet file, by its path. */
    final Map<String, String> texts = new TreeMap<>();
    final List<Yaml> routeFiles = new ArrayList<>();
    final List<Kamelet> kamelets = new ArrayList<>();
    final List<Block> routes = new ArrayList<>();
    final List<Block> configurations = new ArrayList<>();
    final List<Setting> settings;
    final Beans beans;
    final Path home;

    /** @param classes folders and jars to look for beans in */
    Project(Path home, List<Path> classes) throws IOException {
        this.home = home;
        for (Path file : files("routes", ROUTE_SUFFIX)) {
            read(file).ifPresent(routeFiles::add);
        }
        for (Path file : files("kamelets", KAMELET_SUFFIX)) {
            String name = file.getFileName().toString().replace(KAMELET_SUFFIX, "");
            read(file).ifPresent(yaml -> kamelets.add(new Kamelet(name, yaml)));
        }
        for (Yaml file : routeFiles) {
            for (Yaml entry : file.items()) {
                add(entry, "route", Block.Kind.ROUTE, routes);
                add(entry, "routeConfiguration", Block.Kind.CONFIGURATION, configurations);
            }
        }
        settings = Setting.read(home.resolve(Setting.FILE));
        beans = Beans.of(classes);
    }

    private static void add(Yaml entry, String key, Block.Kind kind, List<Block> blocks) {
        if (entry.get(key).exists()) {
            blocks.add(new Block(kind, entry.get(key)));
        }
    }

    int size() {
        return texts.size() + (int) Stream.of(Setting.FILE, ConfigFiles.VARIANTS, ConfigFiles.POLICY).filter(f -> Files.exists(home.resolve(f))).count();
    }

    /** Routes, route configurations and kamelet templates. */
    List<Block> blocks() {
        return Stream.of(routes.stream(), configurations.stream(), kamelets.stream().map(Kamelet::block))
                .flatMap(s -> s).toList();
    }

    Optional<Kamelet> kamelet(String name) {
        return kamelets.stream().filter(k -> k.name().equals(name)).findFirst();
    }

    /** The kamelet whose template this is. */
    Optional<Kamelet> owner(Block block) {
        return kamelets.stream().filter(k -> k.file().file().equals(block.node().file())).findFirst();
    }

    List<Block> configurationsOf(Block route) {
        return configurations.stream().filter(c -> route.configurationIds().contains(c.id())).toList();
    }

    /** Whether the name is one of ours or stands in {@code config/application.properties}. */
    boolean isKey(String name) {
        return settings.stream().anyMatch(s -> s.key().equals(name)) || ConfigReference.find(name).isPresent();
    }

    String shown(Path file) {
        return home.relativize(file).toString().replace('\\', '/');
    }

    private Optional<Yaml> read(Path file) {
        String shown = shown(file);
        try {
            String text = Files.readString(file);
            texts.put(shown, text);
            return Optional.of(Yaml.parse(shown, text, unreadable::add));
        } catch (MalformedInputException e) {
            unreadable.add(new Finding(shown, 1, "not UTF-8", "Save the file as UTF-8."));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.empty();
    }

    /** A kamelet folder is not searched below its top, by Camel neither. */
    private List<Path> files(String folder, String suffix) throws IOException {
        Path root = home.resolve(folder);
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(root, folder.equals("kamelets") ? 1 : Integer.MAX_VALUE)) {
            return walk.filter(Files::isRegularFile).filter(f -> f.toString().endsWith(suffix)).sorted().toList();
        }
    }
}

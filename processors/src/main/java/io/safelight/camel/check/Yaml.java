package io.safelight.camel.check;

import io.safelight.config.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A YAML node that knows its line. A node that is not there is a {@code Yaml} too: it has its parent's line, and nothing in it,
 * so rules can ask without looking first.
 */
final class Yaml {
    static final LoadSettings SETTINGS = LoadSettings.builder().setParseComments(true).build();

    private final String file;
    private final String key;
    private final int line;
    private final Node node;

    private Yaml(String file, String key, int line, Node node) {
        this.file = file;
        this.key = key;
        this.line = line;
        this.node = node;
    }

    /** @return an absent node, and a finding, where the text is not YAML */
    static Yaml parse(String file, String text, Consumer<Finding> findings) {
        try {
            Node root = new Compose(LoadSettings.builder().build()).composeString(text).orElse(null);
            return new Yaml(file, "", root == null ? 1 : lineOf(root.getStartMark()), root);
        } catch (YamlEngineException e) {
            boolean marked = e instanceof MarkedYamlEngineException;
            int line = marked ? lineOf(((MarkedYamlEngineException) e).getProblemMark()) : 1;
            String problem = marked ? ((MarkedYamlEngineException) e).getProblem() : e.getMessage();
            findings.accept(new Finding(file, line, "not YAML: " + problem, "Mend the syntax; often it is the indentation or a missing quote."));
            return new Yaml(file, "", line, null);
        }
    }

    static int lineOf(Optional<Mark> mark) {
        return mark.map(m -> m.getLine() + 1).orElse(1);
    }

    String file() {
        return file;
    }

    /** The name under which this stands in its mapping; empty for an item of a list. */
    String key() {
        return key;
    }

    /** Of the key where there is one, else of the value. */
    int line() {
        return line;
    }

    boolean exists() {
        return node != null;
    }

    boolean isMapping() {
        return node instanceof MappingNode;
    }

    boolean isList() {
        return node instanceof SequenceNode;
    }

    boolean isScalar() {
        return node instanceof ScalarNode;
    }

    /** The scalar's text; empty for everything else. */
    String text() {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    Yaml get(String name) {
        return entries().getOrDefault(name, new Yaml(file, name, line, null));
    }

    Yaml get(String first, String... rest) {
        Yaml at = get(first);
        for (String name : rest) {
            at = at.get(name);
        }
        return at;
    }

    /** In the order of the file; of two entries with the same name the last, as YAML readers have it. */
    Map<String, Yaml> entries() {
        Map<String, Yaml> entries = new LinkedHashMap<>();
        pairs().forEach(entry -> entries.put(entry.key, entry));
        return entries;
    }

    /** Every entry of a mapping, those with the same name too. */
    List<Yaml> pairs() {
        List<Yaml> pairs = new ArrayList<>();
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                Node name = tuple.getKeyNode();
                String key = name instanceof ScalarNode scalar ? scalar.getValue() : "";
                pairs.add(new Yaml(file, key, lineOf(name.getStartMark()), tuple.getValueNode()));
            }
        }
        return pairs;
    }

    List<Yaml> items() {
        return node instanceof SequenceNode list
                ? list.getValue().stream().map(item -> new Yaml(file, "", lineOf(item.getStartMark()), item)).toList()
                : List.of();
    }

    /** This node and all below it, from the top. */
    Stream<Yaml> tree() {
        return Stream.concat(Stream.of(this), Stream.concat(pairs().stream(), items().stream()).flatMap(Yaml::tree));
    }

    /** Every text at or below this node. */
    Stream<Yaml> scalars() {
        return tree().filter(Yaml::isScalar);
    }

    Finding fault(String fault, String fix) {
        return new Finding(file, line, fault, fix);
    }
}

package io.safelight.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** Reads a YAML file with the lines its values stand on, gathering what is wrong instead of stopping at it. */
final class YamlFile {
    private final String file;
    private final boolean mayBeEmpty;
    private final List<Finding> findings = new ArrayList<>();

    private YamlFile(Path file, boolean mayBeEmpty) {
        this.file = file.toString();
        this.mayBeEmpty = mayBeEmpty;
    }

    /**
     * @param listKey the only key at the top; its list has one entry or more
     * @param reader  makes the value of the entries; what it makes is dropped where there are findings
     */
    static <T> Checked<T> read(Path path, String listKey, Function<List<Entry>, T> reader) {
        return read(path, listKey, Set.of(), lists -> reader.apply(lists.get(listKey)));
    }

    /** Like {@link #read(Path, String, Function)}, where the list may have no entry or be left out. */
    static <T> Checked<T> readAny(Path path, String listKey, Function<List<Entry>, T> reader) {
        return read(new YamlFile(path, true), path, listKey, Set.of(), lists -> reader.apply(lists.get(listKey)));
    }

    /** @param others keys at the top whose lists may be left out, and are absent then */
    static <T> Checked<T> read(Path path, String listKey, Set<String> others, Function<Map<String, List<Entry>>, T> reader) {
        return read(new YamlFile(path, false), path, listKey, others, reader);
    }

    private static <T> Checked<T> read(YamlFile yaml, Path path, String listKey, Set<String> others, Function<Map<String, List<Entry>>, T> reader) {
        Map<String, List<Entry>> lists = yaml.lists(path, listKey, others);
        T value = reader.apply(lists);
        return new Checked<>(yaml.findings.isEmpty() ? value : null, yaml.findings);
    }

    /** One mapping of the list. Its getters answer null, having added a finding, where a value is missing or wrong. */
    final class Entry {
        private final Node node;
        private final Map<String, NodeTuple> values;

        private Entry(Node node) {
            this.node = node;
            this.values = mapping(node);
        }

        void onlyKeys(Set<String> known) {
            values.keySet().stream().filter(key -> !known.contains(key))
                    .forEach(key -> find(key, "unknown key '" + key + "'", "use one of " + new TreeSet<>(known)));
        }

        void find(String key, String fault, String fix) {
            YamlFile.this.find(has(key) ? values.get(key).getKeyNode() : node, fault, fix);
        }

        boolean has(String key) {
            return values.containsKey(key);
        }

        private Node value(String key) {
            return has(key) ? values.get(key).getValueNode() : null;
        }

        String text(String key, Predicate<String> valid, String rule) {
            Node value = value(key);
            String text = value instanceof ScalarNode scalar ? scalar.getValue() : null;
            if (text == null || !valid.test(text)) {
                find(key, value == null ? "'" + key + "' is missing" : "'" + key + "' is " + shown(value), rule);
                return null;
            }
            return text;
        }

        /** @param absent what a missing one means */
        Boolean flag(String key, boolean absent) {
            String text = has(key) ? text(key, Set.of("true", "false")::contains, "write true or false") : String.valueOf(absent);
            return text == null ? null : Boolean.valueOf(text);
        }

        Integer integer(String key, int from, int to) {
            String text = text(key, t -> t.matches("\\d{1,9}") && Integer.parseInt(t) >= from && Integer.parseInt(t) <= to,
                    "write a whole number from %d to %d".formatted(from, to));
            return text == null ? null : Integer.valueOf(text);
        }

        /** Above 0 and at most {@code to}. */
        Double positive(String key, double to) {
            String text = text(key, t -> t.matches("\\d{1,9}(\\.\\d{1,18})?") && Double.parseDouble(t) > 0 && Double.parseDouble(t) <= to,
                    "write a number above 0 and at most " + to);
            return text == null ? null : Double.valueOf(text);
        }

        /** Null where it is no list of different, known names. */
        List<String> names(String key, Set<String> known) {
            return texts(key, known::contains, "which is not known", "some of " + new TreeSet<>(known));
        }

        /** Null where it is no list of different texts. */
        List<String> texts(String key) {
            return texts(key, text -> !text.isBlank(), "which is no text", "texts");
        }

        private List<String> texts(String key, Predicate<String> valid, String fault, String wanted) {
            if (!(value(key) instanceof SequenceNode list) || list.getValue().isEmpty()) {
                find(key, "'" + key + "' is " + (has(key) ? "not a list with something in it" : "missing"), "list " + wanted);
                return null;
            }
            int before = findings.size();
            Set<String> names = new LinkedHashSet<>();
            for (Node item : list.getValue()) {
                String name = item instanceof ScalarNode scalar ? scalar.getValue() : null;
                if (name == null || !valid.test(name)) {
                    YamlFile.this.find(item, "'" + key + "' holds " + shown(item) + ", " + fault, "use " + wanted);
                } else if (!names.add(name)) {
                    YamlFile.this.find(item, "'" + key + "' holds " + shown(item) + " twice", "leave one out");
                }
            }
            return findings.size() == before ? List.copyOf(names) : null;
        }

        /** A list of named steps. @param reader throws IllegalArgumentException with a sentence for what it cannot read */
        <T> List<T> steps(String key, BiFunction<String, Map<String, String>, T> reader) {
            if (!(value(key) instanceof SequenceNode list) || list.getValue().isEmpty()) {
                find(key, "'" + key + "' is not a list with something in it", "write at least one line such as '- resize: 320'");
                return null;
            }
            int before = findings.size();
            List<T> steps = new ArrayList<>();
            for (Node item : list.getValue()) {
                Map.Entry<String, Map<String, String>> step = step(item);
                try {
                    steps.add(step == null ? null : reader.apply(step.getKey(), step.getValue()));
                } catch (IllegalArgumentException e) {
                    YamlFile.this.find(item, e.getMessage(), "docs/reference/operations.md lists them all");
                }
            }
            return findings.size() == before ? steps : null;
        }
    }

    /** What stands in a list as {@code - name}, {@code - name: value} or {@code - name: {key: value}}; a lone value has the key {@code ""}. */
    private Map.Entry<String, Map<String, String>> step(Node item) {
        if (item instanceof ScalarNode name) {
            return Map.entry(name.getValue(), Map.of());
        }
        if (!(item instanceof MappingNode mapping) || mapping.getValue().size() != 1
                || !(mapping.getValue().getFirst().getKeyNode() instanceof ScalarNode name)) {
            find(item, shown(item) + " stands where one operation belongs", "write '- name: value' or '- name: {parameter: value}'");
            return null;
        }
        Node value = mapping.getValue().getFirst().getValueNode();
        Map<String, String> values = new LinkedHashMap<>();
        if (value instanceof ScalarNode lone) {
            values.put("", lone.getValue());
            return Map.entry(name.getValue(), values);
        }
        int before = findings.size();
        mapping(value).forEach((key, tuple) -> {
            if (tuple.getValueNode() instanceof ScalarNode scalar) {
                values.put(key, scalar.getValue());
            } else {
                find(tuple.getValueNode(), shown(tuple.getValueNode()) + " stands where the value of '" + key + "' belongs", "write one value");
            }
        });
        return findings.size() == before ? Map.entry(name.getValue(), values) : null;
    }

    private Map<String, List<Entry>> lists(Path path, String listKey, Set<String> others) {
        Map<String, List<Entry>> lists = new HashMap<>(Map.of(listKey, List.of()));
        Node root = compose(path);
        if (root == null) {
            return lists;
        }
        Map<String, NodeTuple> top = mapping(root);
        top.forEach((key, entry) -> {
            if (!key.equals(listKey) && !others.contains(key)) {
                find(entry.getKeyNode(), "unknown key '" + key + "'", others.isEmpty() ? "only '" + listKey + "' belongs here"
                        : "only '" + listKey + "' and " + new TreeSet<>(others) + " belong here");
            } else if (entry.getValueNode() instanceof SequenceNode list && (mayBeEmpty || !list.getValue().isEmpty())) {
                lists.put(key, list.getValue().stream().map(Entry::new).toList());
            } else if (!mayBeEmpty || !entry.getValueNode().getTag().equals(Tag.NULL)) {
                find(entry.getKeyNode(), "'" + key + "' is not a list with something in it", "write at least one entry, beginning with '- name:'");
            }
        });
        if (!mayBeEmpty && !top.containsKey(listKey)) {
            find(root, "'" + listKey + "' is not a list with something in it", "write at least one entry, beginning with '- name:'");
        }
        return lists;
    }

    private Node compose(Path path) {
        try (Reader reader = Files.newBufferedReader(path)) {
            Node root = new Yaml(new LoaderOptions()).compose(reader);
            if (root == null && !mayBeEmpty) {
                find(1, "the file is empty", "fill it in, or take the one that came with Safelight");
            }
            return root;
        } catch (MarkedYAMLException e) {
            find(e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1, "not YAML: " + e.getProblem(), "correct the indentation or quoting there");
        } catch (YAMLException e) {
            find(1, "not YAML: " + e.getMessage().lines().findFirst().orElse(""), "save the file as plain UTF-8 text");
        } catch (IOException e) {
            find(1, "the file cannot be read", "put it there as UTF-8 text, readable for this process");
        }
        return null;
    }

    private Map<String, NodeTuple> mapping(Node node) {
        Map<String, NodeTuple> values = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            find(node, shown(node) + " stands where keys with values belong", "write 'key: value' lines");
            return values;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : shown(tuple.getKeyNode());
            if (values.putIfAbsent(key, tuple) != null) {
                find(tuple.getKeyNode(), "'" + key + "' is given twice", "leave one out");
            }
        }
        return values;
    }

    private void find(Node node, String fault, String fix) {
        find(node.getStartMark().getLine() + 1, fault, fix);
    }

    private void find(int line, String fault, String fix) {
        findings.add(new Finding(file, line, fault, fix));
    }

    private static String shown(Node node) {
        return node instanceof ScalarNode scalar ? "'" + scalar.getValue() + "'" : node instanceof SequenceNode ? "a list" : "a mapping";
    }
}

package io.safelight.validate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/**
 * How much there is to draw once every reference is followed, at most. A few lines of {@code use} can stand for billions of
 * shapes, and so can clips, masks, arrowheads and dashes. One unit is one to two milliseconds at 2000 × 2000 pixels; what does not fit
 * a number is infinite, or none.
 */
final class SvgWork {
    private static final int MAX_DEPTH = 200;
    private static final int LAYER_WORK = 10;
    private static final int CHARACTERS_A_UNIT = 200;
    private static final int LETTERS_A_UNIT = 10;
    private static final int DASHES_A_UNIT = 300;

    /** Nothing in these is drawn. */
    private static final Set<String> GRADIENT = Set.of("linearGradient", "radialGradient", "stop");
    private static final Set<String> VIEWPORT = Set.of("svg", "symbol", "marker");
    private static final Set<String> LAYER = Set.of("opacity", "mix-blend-mode", "isolation");
    private static final Set<String> USED_ONCE = Set.of("clip-path", "mask", "filter");
    private static final Set<String> INHERITED = Set.of("fill", "stroke", "marker-start", "marker-end");

    /** Like the patterns below, it never goes back: none takes longer than the text is long. */
    static final Pattern NUMBER = Pattern.compile("[-+]?+(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)(?:[eE][-+]?+\\d{1,3}+)?+");
    private static final Pattern DASHES = Pattern.compile("(?:" + NUMBER + "(?:px)?+[\\s,]*+){1,64}+");
    private static final Pattern URL = Pattern.compile("(?i)url\\(");
    /** What may hide something in a style sheet: strings and comments. */
    private static final Pattern TOKEN = Pattern.compile(SvgPolicy.LOCAL_URL + "|\"[^\"\\n]*\"|'[^'\\n]*'|(?s:/\\*.*?(?:\\*/|\\z))");
    private static final Pattern CLASS = Pattern.compile("\\.([\\w-]+)");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private record Reference(String id, boolean inherited) {}

    /** @param lines how long, at most */
    private record Total(double work, double lines, int height) {}

    private static final class Node {
        final String name;
        final List<Node> children = new ArrayList<>();
        final List<String> hrefs = new ArrayList<>();
        final List<Reference> references = new ArrayList<>();
        final Map<String, String> attributes = new HashMap<>();
        String[] classes = {};
        double work;
        double dash = Double.POSITIVE_INFINITY;
        boolean beingAdded;
        Total total;

        Node(String name) {
            this.name = name;
            work = 1 + switch (name) {
                case "mask" -> 50;
                case "feGaussianBlur", "feDropShadow" -> 500;
                default -> name.startsWith("fe") ? 60 : 0;
            };
        }
    }

    private final Deque<Node> open = new ArrayDeque<>();
    private final Map<String, List<Node>> byId = new HashMap<>();
    private final Map<String, List<Reference>> byClass = new HashMap<>();
    private Node root;
    /** What a percentage is one of, at most. */
    private double viewport = 100;
    private boolean dashed;
    private double sheetDash = Double.POSITIVE_INFINITY;
    private int sheetLayers;

    void open(String name) {
        Node node = new Node(name);
        if (root == null) {
            root = node;
        } else {
            open.peek().children.add(node);
        }
        open.push(node);
    }

    void close() {
        open.pop();
    }

    void text(int length) {
        open.peek().work += (double) length / LETTERS_A_UNIT;
    }

    void href(String id) {
        open.peek().hrefs.add(id);
    }

    void attribute(String name, String value) {
        Node node = open.peek();
        node.work += (double) value.length() / CHARACTERS_A_UNIT;
        switch (name) {
            case "id" -> byId.computeIfAbsent(value, id -> new ArrayList<>()).add(node);
            case "class" -> node.classes = SPACE.split(value.strip());
            case "style" -> declarations(value, node);
            default -> {
                node.attributes.put(name, value);
                declare(name, value, node);
            }
        }
        if (VIEWPORT.contains(node.name) && Set.of("viewBox", "width", "height").contains(name)) {
            viewport = Math.max(viewport, 96 * numbers(value).map(Math::abs).max().orElse(0));
        }
    }

    static DoubleStream numbers(String value) {
        return NUMBER.matcher(value).results().map(MatchResult::group).mapToDouble(Double::parseDouble);
    }

    /** In units; to be asked at the end. */
    double sum(String styleSheet) {
        read(styleSheet);
        return total(root, 0).work;
    }

    // --- styles

    private void declarations(String style, Node node) {
        for (String declaration : style.split(";")) {
            int colon = Math.max(0, declaration.indexOf(':'));
            declare(declaration.substring(0, colon).strip().toLowerCase(Locale.ROOT), declaration.substring(colon).replaceFirst(":", ""), node);
        }
    }

    private void declare(String property, String value, Node node) {
        if (LAYER.contains(property) && !value.strip().equals("1")) {
            node.work += LAYER_WORK;
        } else if (property.equals("stroke-dasharray")) {
            node.dash = Math.min(node.dash, period(value));
        } else if (URL.matcher(value).find()) {
            node.references.add(reference(property, value));
        }
    }

    /** Anything but a plain reference is refused, so that none is taken for one that is followed less often. */
    private static Reference reference(String property, String value) {
        Matcher url = SvgPolicy.LOCAL_URL.matcher(value.strip());
        if (!url.lookingAt() || url.find() || !USED_ONCE.contains(property) && !INHERITED.contains(property)) {
            throw SvgPolicy.unsafe("a reference where none is followed here; remove it");
        }
        url.reset().lookingAt();
        return new Reference(url.group(1), INHERITED.contains(property));
    }

    /** Of a dash and its gap; a line without dashes has one that never ends. */
    private double period(String value) {
        String dashes = value.replaceFirst("(?i)!\\s*important", "").strip();
        if (dashes.isEmpty() || Set.of("none", "inherit", "initial", "unset", "null").contains(dashes.toLowerCase(Locale.ROOT))) {
            return Double.POSITIVE_INFINITY;
        }
        if (!DASHES.matcher(dashes).matches()) {
            throw SvgPolicy.unsafe("dashes that are not plain lengths; write them as up to 64 numbers");
        }
        double sum = numbers(dashes).map(Math::abs).sum();
        dashed |= sum > 0;
        return sum > 0 ? sum : Double.POSITIVE_INFINITY;
    }

    /** A rule that refers to something has to name classes, so that it is known which elements it makes costly. */
    private void read(String styleSheet) {
        String plain = TOKEN.matcher(styleSheet).replaceAll(token -> token.group(1) != null ? "url(#" + Matcher.quoteReplacement(token.group(1)) + ")" : " ");
        if (plain.contains("\"") || plain.contains("'")) {
            throw SvgPolicy.unsafe("a style sheet with a string that does not end; write it anew");
        }
        long referring = 0;
        for (String rule : plain.split("}")) {
            int brace = rule.lastIndexOf('{');
            if (brace < 0) {
                continue;
            }
            String selectors = rule.substring(rule.lastIndexOf('{', brace - 1) + 1, brace);
            Node styled = new Node("");
            declarations(rule.substring(brace + 1), styled);
            sheetDash = Math.min(sheetDash, styled.dash);
            sheetLayers = Math.max(sheetLayers, (int) styled.work - 1);
            referring += styled.references.size();
            if (!styled.references.isEmpty()) {
                for (String selector : selectors.split(",")) {
                    Matcher name = CLASS.matcher(selector.strip());
                    if (!name.matches()) {
                        throw misreferring();
                    }
                    byClass.computeIfAbsent(name.group(1), c -> new ArrayList<>()).addAll(styled.references);
                }
            }
        }
        if (URL.matcher(plain).results().count() != referring) {
            throw misreferring();
        }
    }

    private static RuntimeException misreferring() {
        return SvgPolicy.unsafe("a style rule that refers to something by other than a class; name a class there");
    }

    // --- the sum

    private Total total(Node node, int depth) {
        if (node.beingAdded) {
            throw SvgPolicy.unsafe("something that refers to itself; remove the reference");
        }
        if (depth + (node.total == null ? 0 : node.total.height) > MAX_DEPTH) {
            throw SvgPolicy.unsafe("references more than %d deep; simplify it".formatted(MAX_DEPTH));
        }
        if (node.total == null) {
            node.beingAdded = true;
            node.total = sum(node, depth);
            node.beingAdded = false;
        }
        return node.total;
    }

    private Total sum(Node node, int depth) {
        double lines = dashed ? node.attributes.entrySet().stream().mapToDouble(a -> SvgLines.length(a.getKey(), a.getValue(), viewport)).sum() : 0;
        double work = node.work + sheetLayers + lines / sheetDash / DASHES_A_UNIT;
        int height = 0;
        List<Node> parts = new ArrayList<>(node.children);
        node.hrefs.forEach(id -> parts.addAll(byId.getOrDefault(id, List.of())));
        for (Node part : parts) {
            Total total = total(part, depth + 1);
            work += total.work;
            lines += total.lines;
            height = Math.max(height, 1 + total.height);
        }
        work += lines / node.dash / DASHES_A_UNIT;

        List<Reference> references = new ArrayList<>(node.references);
        for (String name : node.classes) {
            references.addAll(byClass.getOrDefault(name, List.of()));
        }
        double once = 0;
        double forEach = 1;
        for (Reference reference : references) {
            for (Node target : byId.getOrDefault(reference.id, List.of())) {
                Total total = total(target, depth + 1);
                once += reference.inherited ? 0 : total.work;
                forEach += reference.inherited ? total.work : 0;
                height = Math.max(height, 1 + total.height);
            }
        }
        return GRADIENT.contains(node.name) ? new Total(0, 0, height) : new Total(work * forEach + once, lines, height);
    }
}

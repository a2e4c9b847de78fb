package io.safelight.model.op;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Operations in the order in which they are done, as {@code resize:width=320,height=320,fit=crop+filter:kind=sepia}. */
public record Chain(List<Op> ops) {
    public static final int MOST = 10;

    public Chain {
        ops = List.copyOf(ops);
        if (ops.size() > MOST) {
            throw new IllegalArgumentException("a chain has at most " + MOST + " operations");
        }
    }

    /** One parsed step. @param parameters in the order written */
    public record Step(String name, Map<String, String> parameters) {}

    /** An empty text is an empty chain. @throws IllegalArgumentException with a sentence for people */
    @JsonCreator
    public static Chain parse(String text) {
        return new Chain(text.isEmpty() ? List.of() : steps(text).stream().map(step -> OpKind.of(step.name()).read(step.parameters())).toList());
    }

    /**
     * The steps as written, whatever they are called. A lone value, as in {@code filter:sepia}, has the name {@code ""}. Within a value
     * {@code + , = : %} are written as {@code %2B} and so on.
     *
     * @throws IllegalArgumentException with a sentence for people, where it is not written so or has a parameter twice
     */
    public static List<Step> steps(String text) {
        List<Step> steps = new ArrayList<>();
        for (String step : text.split("\\+", -1)) {
            String[] parts = step.split(":", 2);
            Map<String, String> parameters = new LinkedHashMap<>();
            for (String parameter : parts.length == 1 ? new String[0] : parts[1].split(",", -1)) {
                String[] pair = parameter.split("=", 2);
                if (pair[0].isEmpty() || parameters.putIfAbsent(pair.length == 2 ? pair[0] : "", unescaped(pair[pair.length - 1])) != null) {
                    throw new IllegalArgumentException("'%s' is not an operation; write name:parameter=value,parameter=value and '+' between two".formatted(step));
                }
            }
            steps.add(new Step(parts[0], parameters));
        }
        return steps;
    }

    static String escaped(String value) {
        return value.replace("%", "%25").replace("+", "%2B").replace(",", "%2C").replace("=", "%3D").replace(":", "%3A");
    }

    private static String unescaped(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + value + "' has a '%' without two hexadecimal digits", e);
        }
    }

    @JsonValue
    public String text() {
        return ops.stream().map(Op::text).collect(Collectors.joining("+"));
    }
}

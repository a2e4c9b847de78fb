package io.safelight.model.op;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The values an operation was given, read one by one; each getter throws IllegalArgumentException with a sentence for people. */
final class Parameters {
    private final OpKind kind;
    private final Map<String, String> values;

    Parameters(OpKind kind, Map<String, String> values) {
        this.kind = kind;
        this.values = values;
        values.keySet().forEach(name -> {
            if (kind.parameters().stream().noneMatch(p -> p.name().equals(name))) {
                throw wrong("has no parameter '%s'; it takes %s".formatted(name, kind.parameters().stream().map(OpKind.Parameter::name).toList()));
            }
        });
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name) {
        if (!has(name)) {
            throw wrong("needs '" + name + "'");
        }
        return values.get(name);
    }

    String text(String name, String otherwise) {
        return has(name) ? text(name) : otherwise;
    }

    int integer(String name, int from, int to) {
        String text = text(name);
        if (!text.matches("-?\\d{1,9}") || Integer.parseInt(text) < from || Integer.parseInt(text) > to) {
            throw wrong("takes for '%s' a whole number from %d to %d, not '%s'".formatted(name, from, to, text));
        }
        return Integer.parseInt(text);
    }

    int integer(String name, int from, int to, int otherwise) {
        return has(name) ? integer(name, from, to) : otherwise;
    }

    double number(String name, double from, double to, double otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        String text = text(name);
        if (!text.matches("-?\\d{1,9}(\\.\\d{1,9})?") || Double.parseDouble(text) < from || Double.parseDouble(text) > to) {
            throw wrong("takes for '%s' a number from %s to %s, not '%s'".formatted(name, number(from), number(to), text));
        }
        return Double.parseDouble(text);
    }

    <E extends Enum<E>> E choice(String name, Class<E> type, E otherwise) {
        if (!has(name) && otherwise != null) {
            return otherwise;
        }
        String text = text(name);
        for (E choice : type.getEnumConstants()) {
            if (slug(choice).equals(text)) {
                return choice;
            }
        }
        throw wrong("takes for '%s' one of %s, not '%s'".formatted(name,
                java.util.Arrays.stream(type.getEnumConstants()).map(Parameters::slug).toList(), text));
    }

    Colour colour(String name, Colour otherwise) {
        if (!has(name) && otherwise != null) {
            return otherwise;
        }
        return Colour.parse(text(name)).orElseThrow(() -> wrong("takes for '%s' a colour as rrggbb, not '%s'".formatted(name, text(name))));
    }

    IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(kind.slug() + " " + what);
    }

    static String slug(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Without the fraction where there is none. */
    static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** Collects what differs from its default. */
    static final class Text {
        private final Map<String, String> parameters = new LinkedHashMap<>();

        Text put(String name, Object value, Object byDefault) {
            if (value != null && !value.equals(byDefault)) {
                parameters.put(name, value instanceof Enum<?> choice ? slug(choice) : value instanceof Double d ? number(d) : value.toString());
            }
            return this;
        }

        Map<String, String> map() {
            return parameters;
        }
    }
}

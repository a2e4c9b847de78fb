package io.safelight.validate;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a shape's outline is at most, in the drawing's units. A rough bound: the shape's numbers, as if each led across it and back. */
final class SvgLines {
    private static final Set<String> SIDES = Set.of("x", "y", "width", "height", "r", "rx", "ry", "cx", "cy", "x1", "x2", "y1", "y2");
    private static final String NUMBER = SvgWork.NUMBER.pattern();
    private static final String GAP = "[\\s,]*";
    private static final Pattern SEGMENT = Pattern.compile("([a-df-zA-DF-Z])([^a-df-zA-DF-Z]*)");
    private static final Pattern ARC = Pattern.compile(String.join(GAP, "", "(" + NUMBER + ")", "(" + NUMBER + ")", NUMBER, "[01]", "[01]", NUMBER, NUMBER));
    private static final Pattern LENGTH = Pattern.compile("\\s*(" + NUMBER + ")([a-zA-Z]*|%)\\s*");
    private static final List<String> PHYSICAL = List.of("in", "cm", "mm", "pt", "pc");
    private static final int PIXELS_AN_INCH = 96;

    private SvgLines() {}

    /**
     * @param viewport what a percentage is one of
     * @return what an attribute adds to the outline
     */
    static double length(String attribute, String value, double viewport) {
        return switch (attribute) {
            case "d" -> path(value);
            case "points" -> path("L" + value);
            case "pathLength" -> side(value, viewport);
            default -> SIDES.contains(attribute) ? 8 * side(value, viewport) : 0;
        };
    }

    private static double side(String value, double viewport) {
        Matcher length = LENGTH.matcher(value);
        if (!length.matches()) {
            return 0;
        }
        double number = Math.abs(Double.parseDouble(length.group(1)));
        String unit = length.group(2).toLowerCase(Locale.ROOT);
        return switch (unit) {
            case "", "px" -> number;
            case "%" -> number / 100 * viewport;
            default -> PHYSICAL.contains(unit) ? number * PIXELS_AN_INCH : Double.POSITIVE_INFINITY;
        };
    }

    /** Small letters tell steps, which add up; capitals tell places, each of which may be as far away as the farthest. */
    private static double path(String path) {
        double steps = 0;
        double farthest = 0;
        long places = 0;
        double stretch = 1;
        long mirrored = 1;
        for (Matcher segment = SEGMENT.matcher(path); segment.find(); ) {
            char command = segment.group(1).charAt(0);
            double[] numbers = SvgWork.numbers(segment.group(2)).map(Math::abs).toArray();
            for (double number : numbers) {
                farthest = Math.max(farthest, Character.isLowerCase(command) ? 0 : number);
                steps += Character.isLowerCase(command) ? number : 0;
            }
            places += Character.isLowerCase(command) ? 0 : numbers.length;
            switch (Character.toLowerCase(command)) {
                case 'a' -> stretch = Math.max(stretch, stretch(segment.group(2)));
                case 't' -> mirrored += numbers.length;
                default -> { }
            }
        }
        return 4 * stretch * mirrored * (steps + 2 * (steps + farthest) * places);
    }

    /** An arc that does not reach its end is made larger until it does, whichever of its radii is the small one. */
    private static double stretch(String arcs) {
        double most = 1;
        // from one to the next, as the renderer does: it draws nothing after a mistake
        for (Matcher arc = ARC.matcher(arcs); arc.lookingAt(); arc.region(arc.end(), arcs.length())) {
            double a = Math.abs(Double.parseDouble(arc.group(1)));
            double b = Math.abs(Double.parseDouble(arc.group(2)));
            most = a == 0 || b == 0 ? most : Math.max(most, Math.max(a, b) / Math.min(a, b));
        }
        return most;
    }
}

package io.safelight.model.op;

import io.safelight.model.Size;
import java.util.Map;

/**
 * Lays a mark over the picture.
 *
 * @param opacity 0.01..1
 * @param width   of the mark, percent of the picture's
 * @param margin  to the edge and between tiles, percent of the picture's shorter side
 */
public record Watermark(Mark mark, Position position, double opacity, int width, int margin) implements Op {
    private static final double OPACITY = 0.5;
    private static final int WIDTH = 30;
    private static final int MARGIN = 2;
    /** Letters and symbols without ink: Hangul's fillers and Braille's empty cell. */
    private static final String BLANKS = "\u115f\u1160\u3164\uffa0\u2800";

    public sealed interface Mark permits Text, Image {}

    /** @param size of the letters in pixels; 0 where the mark's width tells it */
    public record Text(String text, Font font, int size, Colour colour) implements Mark {}

    /** @param file below the folder of watermarks */
    public record Image(String file) implements Mark {}

    public enum Font { SANS, SANS_BOLD }

    public enum Position {
        SOUTHEAST(Gravity.SOUTHEAST), CENTER(Gravity.CENTER), NORTH(Gravity.NORTH), NORTHEAST(Gravity.NORTHEAST), EAST(Gravity.EAST),
        SOUTH(Gravity.SOUTH), SOUTHWEST(Gravity.SOUTHWEST), WEST(Gravity.WEST), NORTHWEST(Gravity.NORTHWEST), TILED(Gravity.NORTHWEST);

        private final Gravity gravity;

        Position(Gravity gravity) {
            this.gravity = gravity;
        }
    }

    static Watermark read(Parameters p) {
        if (p.has("text") == p.has("image")) {
            throw p.wrong("needs 'text' or 'image', and not both");
        }
        return new Watermark(p.has("text") ? text(p) : image(p), p.choice("position", Position.class, Position.SOUTHEAST),
                p.number("opacity", 0.01, 1, OPACITY), p.integer("width", 1, 100, WIDTH), p.integer("margin", 0, 50, MARGIN));
    }

    private static Text text(Parameters p) {
        String text = p.text("text");
        if (text.codePoints().noneMatch(Watermark::isSeen) || text.codePointCount(0, text.length()) > 200 || text.chars().anyMatch(Character::isISOControl)) {
            throw p.wrong("takes for 'text' 1 to 200 characters, one of which at least can be seen and none of which is a control character");
        }
        if (p.has("size") && p.has("width")) {
            throw p.wrong("takes either 'size' or 'width'");
        }
        Colour colour = p.colour("colour", Colour.WHITE);
        if (!colour.opaque()) {
            throw p.wrong("takes for 'colour' one that can be seen; 'opacity' says how far the text is seen through");
        }
        return new Text(text, p.choice("font", Font.class, Font.SANS), p.has("size") ? p.integer("size", 4, 1000) : 0, colour);
    }

    private static boolean isSeen(int character) {
        return !Character.isWhitespace(character) && !Character.isSpaceChar(character) && !Character.isIdentifierIgnorable(character) && Character.isDefined(character)
                && Character.getType(character) != Character.NON_SPACING_MARK && BLANKS.indexOf(character) < 0;
    }

    private static Image image(Parameters p) {
        for (String name : new String[] {"size", "font", "colour"}) {
            if (p.has(name)) {
                throw p.wrong("takes '" + name + "' only with 'text'");
            }
        }
        String file = p.text("image");
        if (!file.matches("[A-Za-z0-9_-]{1,64}\\.(png|jpg|jpeg|webp)")) {
            throw p.wrong("takes for 'image' the name of a file such as logo.png, not '" + file + "'");
        }
        return new Image(file);
    }

    public boolean tiled() {
        return position == Position.TILED;
    }

    /** Pixels. */
    public int markWidth(Size picture) {
        return Math.max(1, Math.round(picture.width() * width / 100f));
    }

    /** Pixels. */
    public int marginIn(Size picture) {
        return Math.round(Math.min(picture.width(), picture.height()) * margin / 100f);
    }

    /** Where a single mark, no larger than the picture, lies. */
    public Area place(Size mark, Size picture) {
        return position.gravity.place(mark, picture, marginIn(picture));
    }

    @Override
    public OpKind kind() {
        return OpKind.WATERMARK;
    }

    @Override
    public Map<String, String> parameters() {
        Parameters.Text text = new Parameters.Text();
        if (mark instanceof Text t) {
            text.put("text", t.text(), null).put("size", t.size(), 0).put("font", t.font(), Font.SANS).put("colour", t.colour(), Colour.WHITE);
        } else if (mark instanceof Image i) {
            text.put("image", i.file(), null);
        }
        return text.put("position", position, Position.SOUTHEAST).put("opacity", opacity, OPACITY).put("width", width, WIDTH)
                .put("margin", margin, MARGIN).map();
    }
}

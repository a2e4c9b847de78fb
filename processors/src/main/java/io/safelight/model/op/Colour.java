package io.safelight.model.op;

import java.util.Optional;

/** 8-bit sRGB. @param alpha 0 for see-through to 255 for opaque */
public record Colour(int red, int green, int blue, int alpha) {
    public static final Colour WHITE = new Colour(255, 255, 255, 255);
    public static final Colour BLACK = new Colour(0, 0, 0, 255);
    public static final Colour TRANSPARENT = new Colour(0, 0, 0, 0);

    /** {@code rrggbb}, with or without {@code #}, or {@code white}, {@code black}, {@code transparent}. */
    static Optional<Colour> parse(String text) {
        return switch (text) {
            case "white" -> Optional.of(WHITE);
            case "black" -> Optional.of(BLACK);
            case "transparent" -> Optional.of(TRANSPARENT);
            default -> {
                String digits = text.startsWith("#") ? text.substring(1) : text;
                if (!digits.matches("[0-9a-fA-F]{6}")) {
                    yield Optional.empty();
                }
                int rgb = Integer.parseInt(digits, 16);
                yield Optional.of(new Colour(rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff, 255));
            }
        };
    }

    public boolean opaque() {
        return alpha == 255;
    }

    @Override
    public String toString() {
        return alpha == 0 ? "transparent" : "%02x%02x%02x".formatted(red, green, blue);
    }
}

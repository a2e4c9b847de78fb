package io.safelight.model.op;

import java.util.Map;

/** Puts the picture on a colour. */
public record Background(Colour colour) implements Op {
    static Background read(Parameters p) {
        Colour colour = p.colour("colour", null);
        if (!colour.opaque()) {
            throw p.wrong("takes an opaque colour");
        }
        return new Background(colour);
    }

    @Override
    public OpKind kind() {
        return OpKind.BACKGROUND;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("colour", colour, null).map();
    }
}

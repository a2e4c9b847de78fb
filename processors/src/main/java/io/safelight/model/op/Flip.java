package io.safelight.model.op;

import java.util.Map;

/** Mirrors. */
public record Flip(Direction direction) implements Op {
    public enum Direction { HORIZONTAL, VERTICAL }

    static Flip read(Parameters p) {
        return new Flip(p.choice("direction", Direction.class, null));
    }

    @Override
    public OpKind kind() {
        return OpKind.FLIP;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("direction", direction, null).map();
    }
}

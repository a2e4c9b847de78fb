package io.safelight.model.op;

import java.util.Map;

/** Turns clockwise. @param angle degrees @param background of the corners, where the angle is no quarter turn */
public record Rotate(int angle, Colour background) implements Op {
    static Rotate read(Parameters p) {
        return new Rotate(p.integer("angle", -360, 360), p.colour("background", Colour.TRANSPARENT));
    }

    /** How many quarter turns clockwise, 0..3; -1 where it is between two. */
    public int quarters() {
        return angle % 90 == 0 ? Math.floorMod(angle / 90, 4) : -1;
    }

    @Override
    public OpKind kind() {
        return OpKind.ROTATE;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("angle", angle, null).put("background", background, Colour.TRANSPARENT).map();
    }
}

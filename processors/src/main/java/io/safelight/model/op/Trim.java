package io.safelight.model.op;

import java.util.Map;

/** Cuts a border away that has the colour of the top left pixel. @param threshold how far a colour may be from it, in levels of 255 */
public record Trim(int threshold) implements Op {
    private static final int BY_DEFAULT = 10;

    static Trim read(Parameters p) {
        return new Trim(p.integer("threshold", 1, 254, BY_DEFAULT));
    }

    @Override
    public OpKind kind() {
        return OpKind.TRIM;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("threshold", threshold, BY_DEFAULT).map();
    }
}

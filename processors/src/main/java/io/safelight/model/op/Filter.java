package io.safelight.model.op;

import java.util.Map;

/** Changes colours or sharpness. @param sigma pixels, of those that have a radius; else 0 */
public record Filter(Kind effect, double sigma) implements Op {
    /** How a filter's red, green and blue come from a pixel's, row by row. Source: the sepia of the W3C's Filter Effects, at full amount. */
    public static final double[][] SEPIA = {{0.393, 0.769, 0.189}, {0.349, 0.686, 0.168}, {0.272, 0.534, 0.131}};

    public enum Kind {
        GRAYSCALE(0, 0), SEPIA(0, 0), BLUR(3, 100), SHARPEN(1, 10), EDGE(0, 0);

        private final double byDefault;
        private final double most;

        Kind(double byDefault, double most) {
            this.byDefault = byDefault;
            this.most = most;
        }
    }

    static Filter read(Parameters p) {
        Kind effect = p.choice("kind", Kind.class, null);
        if (effect.most == 0 && p.has("sigma")) {
            throw p.wrong("takes 'sigma' only with blur and sharpen");
        }
        return new Filter(effect, p.number("sigma", 0.3, effect.most, effect.byDefault));
    }

    @Override
    public OpKind kind() {
        return OpKind.FILTER;
    }

    @Override
    public Map<String, String> parameters() {
        return new Parameters.Text().put("kind", effect, null).put("sigma", sigma, effect.byDefault).map();
    }
}

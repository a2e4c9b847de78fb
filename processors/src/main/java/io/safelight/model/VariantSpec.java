package io.safelight.model;

import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import io.safelight.model.op.Resize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rendition to make of an image: an entry of {@code config/variants.yaml}, or what a request asks for.
 *
 * @param chain    what is done to the master, in this order
 * @param formats  in the order of preference for a client that takes several equally
 * @param quality  1..100 for the lossy formats
 * @param animated whether all frames of an animation are kept, in the formats that can hold them
 */
public record VariantSpec(String name, Chain chain, List<Format> formats, int quality, boolean animated) {
    public static final int DEFAULT_QUALITY = 80;

    /** No wider than this, in the picture's aspect. */
    public VariantSpec(String name, int width, List<Format> formats, int quality) {
        this(name, new Chain(List.of(Resize.toWidth(width))), formats, quality, false);
    }

    /**
     * What a request asks for in a chain's text. Besides the operations it may say {@code format:webp}, {@code quality:70} and
     * {@code strip}, which is always done.
     *
     * @param otherwise the format where none is told
     * @throws IllegalArgumentException with a sentence for people
     */
    public static VariantSpec ofRequest(String text, Format otherwise) {
        List<Op> ops = new ArrayList<>();
        Format format = otherwise;
        int quality = DEFAULT_QUALITY;
        for (Chain.Step step : Chain.steps(text)) {
            switch (step.name()) {
                case "format" -> {
                    String slug = lone(step);
                    format = Arrays.stream(Format.values()).filter(f -> f.isServed() && f.slug().equals(slug)).findFirst()
                            .orElseThrow(() -> new IllegalArgumentException("format takes avif, webp, jpeg or png, not '" + slug + "'"));
                }
                case "quality" -> {
                    String number = lone(step);
                    if (!number.matches("[1-9][0-9]?|100")) {
                        throw new IllegalArgumentException("quality takes a whole number from 1 to 100, not '" + number + "'");
                    }
                    quality = Integer.parseInt(number);
                }
                case "strip" -> {
                    if (!step.parameters().isEmpty()) {
                        throw new IllegalArgumentException("strip takes nothing: metadata is never passed on");
                    }
                }
                default -> ops.add(OpKind.of(step.name()).read(step.parameters()));
            }
        }
        return new VariantSpec("on-the-fly", new Chain(ops), List.of(format), quality, false);
    }

    private static String lone(Chain.Step step) {
        if (step.parameters().size() != 1 || !step.parameters().containsKey("")) {
            throw new IllegalArgumentException(step.name() + " takes one value, as in " + step.name() + (step.name().equals("format") ? ":webp" : ":80"));
        }
        return step.parameters().get("");
    }
}

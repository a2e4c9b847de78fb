package io.safelight.model;

import java.util.List;

/**
 * A size to make of every image, from {@code config/variants.yaml}.
 *
 * @param width   pixels, 1..16383; never enlarged
 * @param formats in the order of preference for a client that takes several equally
 * @param quality 1..100 for the lossy formats
 */
public record VariantSpec(String name, int width, List<Format> formats, int quality) {}

package io.safelight.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * All that policy may judge an image by.
 *
 * @param labels  label → probability 0..1. A label that several models know has its highest probability; as {@code model/label} it has that model's.
 * @param models  names of those whose labels count
 * @param banks   bank → its hash nearest to the image's; a bank without one near enough is absent
 * @param source  {@code http} or the name of an SFTP source
 * @param account who sent it; null where nobody said
 */
public record Evidence(Map<String, Double> labels, Set<String> models, Map<String, Match> banks, String source, String account) {

    /** @param distance bits that differ, 0 for the same bytes @param note of whoever banked it; may be null */
    public record Match(String hash, int distance, String note) {}

    public Evidence {
        // what is no probability is for policy to find
        labels = labels == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        models = Set.copyOf(models);
        banks = Map.copyOf(banks);
    }
}

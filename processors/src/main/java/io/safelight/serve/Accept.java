package io.safelight.serve;

import io.safelight.model.Format;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a client takes, by its {@code Accept} header (RFC 9110, 12.5.1). What cannot be read of it is passed over. */
final class Accept {
    /** Among formats a client names and takes equally, the smallest first. */
    private static final List<Format> SMALLEST = List.of(Format.AVIF, Format.WEBP, Format.JPEG, Format.PNG);
    /** Among those it takes only as one of all: whoever says {@code *}{@code /*} may know nothing newer than JPEG. */
    private static final List<Format> SAFEST = List.of(Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF);

    /** @param type lower case, {@code *} for any */
    private record Range(String type, double quality) {
        /** 2 for the type itself, 1 for {@code image/*}, 0 for any, -1 for another. */
        int precision(Format format) {
            return type.equals(format.contentType()) ? 2 : type.equals("image/*") ? 1 : type.equals("*/*") ? 0 : -1;
        }
    }

    private final List<Range> ranges;

    private Accept(List<Range> ranges) {
        this.ranges = ranges;
    }

    /** @param header null or empty where the client did not say, which takes anything */
    static Accept parse(String header) {
        List<Range> ranges = new ArrayList<>();
        for (String element : header == null ? new String[0] : header.split(",")) {
            String[] parts = element.split(";");
            String type = parts.length == 0 ? "" : parts[0].trim().toLowerCase(Locale.ROOT);
            double quality = quality(parts);
            if (type.matches("[^/\\s]+/[^/\\s]+") && quality >= 0 && quality <= 1) {
                ranges.add(new Range(type.equals("image/jpg") ? "image/jpeg" : type, quality));
            }
        }
        return new Accept(ranges);
    }

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("q=")) {
                String value = parameter.substring(2).trim();
                return value.matches("[01]?(\\.[0-9]*)?") && value.matches(".*[0-9].*") ? Double.parseDouble(value) : -1;
            }
        }
        return 1;
    }

    /** Empty where the client takes none of them. */
    Optional<Format> best(Collection<Format> offered) {
        return offered.stream().filter(format -> quality(format) > 0)
                .min(Comparator.comparingDouble((Format format) -> -quality(format)).thenComparingInt(this::rank));
    }

    private int rank(Format format) {
        boolean named = ranges.stream().anyMatch(range -> range.precision(format) == 2);
        List<Format> order = named ? SMALLEST : SAFEST;
        int index = order.contains(format) ? order.indexOf(format) : order.size() + format.ordinal();
        return named ? index : index + 2 * Format.values().length;
    }

    /** The most precise range that names the format decides. */
    private double quality(Format format) {
        if (ranges.isEmpty()) {
            return 1;
        }
        return ranges.stream().filter(range -> range.precision(format) >= 0)
                .max(Comparator.comparingInt((Range range) -> range.precision(format)).thenComparingDouble(Range::quality))
                .map(Range::quality).orElse(0.0);
    }
}

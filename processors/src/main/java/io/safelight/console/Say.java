package io.safelight.console;

import io.safelight.catalog.ImageView;
import io.safelight.catalog.ImageView.VariantView;
import io.safelight.catalog.Timeline;
import io.safelight.catalog.Timeline.Entry;
import io.safelight.model.Format;
import io.safelight.model.State;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** How figures are said to people. */
public final class Say {
    static final Say PLAINLY = new Say();

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM uuuu HH:mm:ss 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final Set<Format> SHOWN_BY_ALL = EnumSet.of(Format.JPEG, Format.PNG, Format.WEBP);
    private static final Set<State> DECIDABLE = EnumSet.of(State.REVIEW, State.BLOCKED, State.PUBLISHED, State.SCANNED);
    /** A bar that is there can be seen. */
    private static final double THINNEST = 4;

    private Say() {}

    /**
     * A bar of the timeline's chart.
     *
     * @param x     where it begins, 0..1000
     * @param width 0..1000
     */
    public record Bar(Entry entry, double x, double width) {}

    public List<Bar> bars(Timeline timeline) {
        double unit = 1000.0 / Math.max(1, timeline.totalMs());
        return timeline.entries().stream().map(entry -> {
            double width = Math.max(THINNEST, entry.ms() * unit);
            double x = Duration.between(timeline.from(), entry.from()).toMillis() * unit;
            return new Bar(entry, Math.min(x, 1000 - width), width);
        }).toList();
    }

    /** What stands for the image in a gallery; null while it is not published. */
    public VariantView thumbnail(ImageView image) {
        return image.variants().stream().filter(variant -> variant.url() != null && SHOWN_BY_ALL.contains(variant.format()))
                .min(Comparator.comparing(VariantView::width)).orElse(null);
    }

    /** Whether a person's decision would be taken. */
    public boolean mayBeDecided(ImageView image) {
        return DECIDABLE.contains(image.state());
    }

    /** In units of a thousand, with three digits at most. */
    public String bytes(Number bytes) {
        double left = bytes.doubleValue();
        for (String unit : List.of("bytes", "kB", "MB", "GB")) {
            if (left < 999.5) {
                return (unit.equals("bytes") || left >= 99.5 ? "%.0f %s" : "%.1f %s").formatted(left, unit);
            }
            left /= 1000;
        }
        return "%.1f TB".formatted(left);
    }

    public String time(Instant time) {
        return TIME.format(time);
    }

    public String ms(long ms) {
        return ms < 10_000 ? ms + " ms" : ms < 120_000 ? "%.1f s".formatted(ms / 1000.0)
                : ms < 7_200_000 ? "%d min".formatted(ms / 60_000) : ms < 172_800_000 ? "%d h".formatted(ms / 3_600_000) : "%d days".formatted(ms / 86_400_000);
    }

    /** @param share 0..1 */
    public String percent(double share) {
        return "%.1f %%".formatted(100 * share);
    }

    public String url(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Of an exception's class, without its package. */
    public String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** What is made of parts as a sentence would list them. */
    public String plainly(Object it) {
        return switch (it) {
            case Collection<?> all -> all.stream().map(this::plainly).collect(Collectors.joining(", "));
            case Map<?, ?> parts -> parts.entrySet().stream().map(part -> part.getKey() + ": " + plainly(part.getValue())).sorted().collect(Collectors.joining("; "));
            case Format format -> format.slug();
            default -> it.toString();
        };
    }

    /** The beginning of an id or a digest, where all of it would be noise. */
    public String brief(Object id) {
        String text = id.toString();
        return text.length() > 13 ? text.substring(0, 13) + "…" : text;
    }
}

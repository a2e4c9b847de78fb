package io.safelight.app;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Keeps whoever asks from choosing labels. Of what was answered before it reached a route, as for a wrong method or during a drain, nobody has said which
 * route it was for: its path is that of the route it looks like, and {@code UNKNOWN} where there is none. So is a method that HTTP does not have.
 */
final class RequestLabels implements MeterFilter {
    static final String REQUESTS = "http.server.requests";
    /** As Quarkus says it. */
    static final String UNKNOWN = "UNKNOWN";

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");
    private static final String PREFLIGHT = "/cors-preflight";
    /** Its pages have their paths from a script, and from whoever asks. */
    private static final String HAWTIO = "/hawtio";

    private final Supplier<Stream<String>> routes;

    /** @param routes paths of what there is now, as Vert.x writes them: {@code /api/images/:id} */
    RequestLabels(Supplier<Stream<String>> routes) {
        this.routes = routes;
    }

    @Override
    public Meter.Id map(Meter.Id id) {
        return !id.getName().equals(REQUESTS) ? id : id.replaceTags(Tags.of(id.getTags().stream().map(tag -> switch (tag.getKey()) {
            case "uri" -> Tag.of("uri", path(tag.getValue()));
            case "method" -> Tag.of("method", METHODS.contains(tag.getValue()) ? tag.getValue() : UNKNOWN);
            default -> tag;
        }).toList()));
    }

    private String path(String told) {
        if (!told.startsWith("/") || told.equals(PREFLIGHT)) {
            return told;
        }
        if (told.equals(HAWTIO) || told.startsWith(HAWTIO + "/")) {
            return HAWTIO;
        }
        List<String> known = routes.get().map(route -> route.replaceAll(":(\\w+)", "{$1}")).sorted().toList();
        return known.contains(told) ? told : known.stream().filter(route -> fits(told, route)).findFirst().orElse(UNKNOWN);
    }

    private static boolean fits(String path, String route) {
        String[] parts = path.split("/", -1);
        String[] wanted = route.split("/", -1);
        return parts.length == wanted.length && IntStream.range(0, parts.length).allMatch(i -> wanted[i].startsWith("{") || wanted[i].equals(parts[i]));
    }
}

package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.safelight.model.Format;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts requests to upload, answered or not, by their status and by what they said they bring. */
final class UploadWatch {
    /** For a request whose sender went away before it was answered, as nginx writes it. */
    static final int GONE = 499;

    private static final Set<String> TYPES = Stream.concat(Stream.of(Format.values()).map(Format::contentType), Stream.of("multipart/form-data"))
            .collect(Collectors.toUnmodifiableSet());

    private final MeterRegistry meters;

    UploadWatch(MeterRegistry meters) {
        this.meters = meters;
    }

    void watch(RoutingContext routing) {
        String type = type(routing.request().getHeader(HttpHeaders.CONTENT_TYPE));
        routing.addEndHandler(end -> count(end.succeeded() ? routing.response().getStatusCode() : GONE, type));
    }

    void count(int status, String type) {
        meters.counter("upload.requests", "status", Integer.toString(status), "content_type", type).increment();
    }

    /** One of a closed list, whatever a sender writes. */
    static String type(String header) {
        String type = header == null ? "" : header.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        return TYPES.contains(type) ? type : "other";
    }
}

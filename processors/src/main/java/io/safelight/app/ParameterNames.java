package io.safelight.app;

import io.quarkus.vertx.http.runtime.filters.Filters;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Drops request headers that are named like a query parameter. Camel puts both side by side, where one could pass for the
 * other: a cache in front of us, which goes by the address, would keep what a header had asked for.
 */
@Singleton
public class ParameterNames {
    private static final List<String> NAMES = List.of("format", "exp", "kid", "sig", "state", "limit", "cursor", "ids", "olderThan", "reason",
            "order", "blur", "by", "scan", "image");
    private static final int EARLY = 1_000;

    void register(@Observes Filters filters) {
        filters.register(routing -> {
            NAMES.forEach(routing.request().headers()::remove);
            routing.next();
        }, EARLY);
    }
}

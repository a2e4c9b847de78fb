package io.safelight.lifecycle;

import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.error.Unavailable;
import io.safelight.model.Event;
import io.safelight.model.Json;
import io.safelight.model.State;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The questions lifecycle has for metadata, over its HTTP API. */
public final class MetadataApi {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;

    /** @param base address of the metadata group, such as {@code http://metadata:8080} */
    public MetadataApi(URI base) {
        this.base = base;
    }

    /** The last event of each image that made no progress for this long. Metadata names an image once, and again only after a while. */
    public List<Event> stuck(Duration olderThan) {
        return ask("POST", "/api/stuck?olderThan=" + olderThan, new TypeReference<>() {});
    }

    /** The state of each of the ids; an id that metadata has never heard of is absent. */
    public Map<UUID, State> states(Collection<UUID> ids) {
        return ask("GET", "/api/references?ids=" + ids.stream().map(UUID::toString).collect(Collectors.joining(",")), new TypeReference<>() {});
    }

    private <T> T ask(String method, String path, TypeReference<T> type) {
        try {
            HttpResponse<byte[]> answer = http.send(HttpRequest.newBuilder(base.resolve(path)).method(method, HttpRequest.BodyPublishers.noBody()).timeout(TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new Unavailable("Metadata answered %d to %s.".formatted(answer.statusCode(), path), null);
            }
            return Json.MAPPER.readValue(answer.body(), type);
        } catch (IOException e) {
            throw new Unavailable("Metadata did not answer at %s; check safelight.lifecycle.metadata-url.".formatted(base), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("Interrupted while asking metadata.", e);
        }
    }
}

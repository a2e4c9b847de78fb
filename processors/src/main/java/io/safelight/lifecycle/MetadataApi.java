package io.safelight.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.error.Unavailable;
import io.safelight.model.Answers;
import io.safelight.model.Discrepancy;
import io.safelight.model.Event;
import io.safelight.model.Json;
import io.safelight.model.Reconciliation;
import io.safelight.model.Standing;
import io.safelight.model.State;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** The questions lifecycle has for metadata, over its HTTP API. */
public final class MetadataApi {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;
    private final Duration timeout;

    /** @param base address of the metadata group, such as {@code http://metadata:8080} */
    public MetadataApi(URI base) {
        this(base, TIMEOUT);
    }

    /** @param timeout until an answer is there to its end */
    MetadataApi(URI base, Duration timeout) {
        this.base = base;
        this.timeout = timeout;
    }

    /** The last event of each image that made no progress for this long. Metadata names an image once, and again only after a while. */
    public List<Event> stuck(Duration olderThan) {
        return ask("POST", "/api/stuck?olderThan=" + olderThan, new TypeReference<>() {});
    }

    /** The state of each of the ids; an id that metadata has never heard of is absent. */
    public Map<UUID, State> states(Collection<UUID> ids) {
        return ask("GET", "/api/references?ids=" + ids.stream().map(UUID::toString).collect(Collectors.joining(",")), new TypeReference<>() {});
    }

    /** What is to be reconciled now, if anything; {@code mend} and {@code age} are of the one that is due every so often. */
    public Optional<Reconciliation> next(Duration every, boolean mend, Duration age) {
        Reconciliation next = ask("POST", "/api/reconcile/next?every=%s&mend=%s&age=%s".formatted(every, mend, age), new TypeReference<>() {});
        return Optional.of(next).filter(r -> r.id() != null);
    }

    /** @param by for the record */
    public Reconciliation reconcile(boolean mend, Duration age, String by) {
        String who = URLEncoder.encode(by, StandardCharsets.UTF_8);
        return ask("POST", "/api/reconcile?mend=%s&by=%s%s".formatted(mend, who, age == null ? "" : "&age=" + age), new TypeReference<>() {});
    }

    public Reconciliation reconciliation(UUID id) {
        return ask("GET", "/api/reconcile/runs/" + id, new TypeReference<>() {});
    }

    public void report(Reconciliation now) {
        try {
            ask("POST", "/api/reconcile/runs/" + now.id(), BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(now)), new TypeReference<Reconciliation>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A page of rows in the order of ids; empty behind the last. @param after null for the first page */
    public List<Standing> standings(UUID after) {
        return ask("GET", "/api/reconcile/images" + (after == null ? "" : "?after=" + after), new TypeReference<>() {});
    }

    /** The rows of these, of those that there are. @param ids at most a hundred, as they go into the request line */
    public Map<UUID, Standing> standings(Collection<UUID> ids) {
        List<Standing> rows = ask("GET", "/api/reconcile/images?ids=" + ids.stream().map(UUID::toString).collect(Collectors.joining(",")), new TypeReference<>() {});
        return rows.stream().collect(Collectors.toMap(Standing::id, row -> row));
    }

    /** Has metadata mend it. @throws Unavailable with what metadata said where it did not */
    public void mend(Discrepancy found) {
        ask("POST", "/api/reconcile/images/%s?remedy=%s&kind=%s&what=%s".formatted(found.id(), found.remedy().slug(), found.kind().slug(),
                URLEncoder.encode(found.what(), StandardCharsets.UTF_8)), new TypeReference<Map<String, Object>>() {});
    }

    private <T> T ask(String method, String path, TypeReference<T> type) {
        return ask(method, path, BodyPublishers.noBody(), type);
    }

    private <T> T ask(String method, String path, BodyPublisher body, TypeReference<T> type) {
        try {
            HttpResponse<byte[]> answer = Answers.ask(http, HttpRequest.newBuilder(base.resolve(path)).header("Content-Type", "application/json")
                    .method(method, body).build(), timeout);
            if (answer.statusCode() != 200) {
                throw new Unavailable("Metadata answered %d to %s: %s".formatted(answer.statusCode(), path, said(answer.body())), null);
            }
            return Json.MAPPER.readValue(answer.body(), type);
        } catch (IOException e) {
            throw new Unavailable("Metadata did not answer at %s; check safelight.lifecycle.metadata-url, or --url of the command.".formatted(base), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("Interrupted while asking metadata.", e);
        }
    }

    /** What a problem document says to do. */
    private static String said(byte[] problem) {
        try {
            return Json.MAPPER.readTree(problem).path("detail").asText("it did not say why.");
        } catch (IOException e) {
            return "it did not say why.";
        }
    }
}

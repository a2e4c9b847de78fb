package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import io.safelight.model.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** An application that uploads images and links to them. */
public final class SafelightClient {
    private static final String BOUNDARY = "-safelight-test-7d1c0c52-";
    static final String FORM = "multipart/form-data; boundary=" + BOUNDARY;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /** Once an image is in one of these, it stays there unless somebody does something about it. */
    private static final Set<State> FINAL = Set.of(State.PUBLISHED, State.BLOCKED, State.REVIEW, State.REJECTED, State.FAILED, State.WITHDRAWN);

    private final URI base;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(20)).build();

    public SafelightClient(URI base) {
        this.base = base;
    }

    /** A file of a multipart upload. */
    public record Part(String name, String contentType, byte[] bytes) {
        public static Part of(Path file) {
            try {
                return new Part(file.getFileName().toString(), file.toString().endsWith(".png") ? "image/png" : "image/jpeg", Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE);
    }

    public HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public HttpResponse<byte[]> get(String path) {
        return send(request(path));
    }

    public static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    public static JsonNode json(HttpResponse<byte[]> response) {
        return json(text(response));
    }

    static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    /** The body of a 200. */
    public JsonNode getJson(String path) {
        return ok(path, get(path));
    }

    private static JsonNode ok(String path, HttpResponse<byte[]> response) {
        assertEquals(200, response.statusCode(), () -> "GET " + path + ": " + text(response));
        return json(response);
    }

    /** {@code POST /upload} as a form does. */
    public HttpResponse<byte[]> upload(Part... parts) {
        return upload(request("/upload"), parts);
    }

    /** The same with headers of the caller's. */
    public HttpResponse<byte[]> upload(HttpRequest.Builder request, Part... parts) {
        return send(request.header("Content-Type", FORM)
                .POST(BodyPublishers.ofByteArray(multipart(parts))));
    }

    public HttpResponse<byte[]> upload(Path... files) {
        return upload(Arrays.stream(files).map(Part::of).toArray(Part[]::new));
    }

    HttpResponse<byte[]> uploadTo(String path, byte[] image) {
        return send(request(path).header("Content-Type", "image/jpeg").POST(BodyPublishers.ofByteArray(image)));
    }

    /** {@code POST /upload} with the image as the body itself. */
    public HttpResponse<byte[]> uploadRaw(byte[] image, String contentType) {
        return send(request("/upload").header("Content-Type", contentType).POST(BodyPublishers.ofByteArray(image)));
    }

    /** Uploads one image that must be accepted, and returns its id. */
    public String accepted(String name, byte[] image) {
        HttpResponse<byte[]> response = upload(new Part(name, name.endsWith(".png") ? "image/png" : "image/jpeg", image));
        assertEquals(202, response.statusCode(), () -> text(response));
        return json(response).at("/images/0/id").asText();
    }

    public static byte[] multipart(Part... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Part part : parts) {
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + part.name() + "\"\r\n"
                    + "Content-Type: " + part.contentType() + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            body.writeBytes(part.bytes());
            body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
        }
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return body.toByteArray();
    }

    public JsonNode image(String id) {
        return getJson("/api/images/" + id);
    }

    /** Waits for the image to come to one of the states. One that has come to rest in another will never, and fails at once. */
    public JsonNode awaitState(String id, State... wanted) {
        List<State> any = List.of(wanted);
        String path = "/api/images/" + id;
        return Awaitility.await("image " + id + " to be " + any).atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
            HttpResponse<byte[]> response = get(path);
            if (response.statusCode() == 404) {
                return null; // its first event is still on its way to the catalog
            }
            if (response.statusCode() == 503 && response.headers().firstValue("Retry-After").isPresent()) {
                return null; // as the contract asks
            }
            JsonNode image = ok(path, response);
            State state = State.valueOf(image.path("state").asText().toUpperCase(Locale.ROOT));
            if (!any.contains(state) && FINAL.contains(state)) {
                throw new AssertionError("image " + id + " came to rest as " + image);
            }
            return any.contains(state) ? image : null;
        }, Objects::nonNull);
    }

    public HttpResponse<byte[]> serve(String id, String variant, String accept) {
        HttpRequest.Builder request = request("/i/" + id + "/" + variant);
        return send(accept == null ? request : request.header("Accept", accept));
    }

    /** The ids of all images in the state, page by page. */
    public Set<String> idsIn(State state) {
        return all("/api/images?limit=200&state=" + state.slug(), "images").stream().map(image -> image.path("id").asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * What a listing has, page by page.
     *
     * @param path of the first page, with a parameter
     * @param name of the entries in each page
     */
    public List<JsonNode> all(String path, String name) {
        List<JsonNode> all = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = getJson(path + "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8));
            page.path(name).forEach(all::add);
            cursor = page.path("next").asText("");
        } while (!cursor.isEmpty() && !cursor.equals("null"));
        return all;
    }
}

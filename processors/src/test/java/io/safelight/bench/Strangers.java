package io.safelight.bench;

import io.safelight.chaos.Pictures;
import io.safelight.it.RawHttp;
import io.safelight.it.SafelightClient;
import io.safelight.it.SafelightClient.Part;
import io.safelight.it.SafelightProcess;
import io.safelight.model.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** Clients of whom no two uploads are alike in anything that a client may choose: names, types, accounts, agents, parameters, paths, ids and methods. */
final class Strangers {
    static final String ACCOUNT = "X-Account";

    private static final int COUNT = 6;
    /** Uploads of a client that may be on their way. */
    private static final int AHEAD = 8;
    /** Requests beside each upload, of the kinds there are in turn. */
    private static final int REQUESTS = 6;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final List<String> AT_REST = List.of(State.PUBLISHED.slug(), State.REJECTED.slug(), State.BLOCKED.slug(), State.REVIEW.slug(), State.FAILED.slug());

    private final SafelightProcess safelight;
    private final SafelightClient client;
    private final Pictures pictures = new Pictures(1);
    private final AtomicInteger sent = new AtomicInteger();
    private final Map<Integer, Integer> answers = new ConcurrentHashMap<>();

    Strangers(SafelightProcess safelight) {
        this.safelight = safelight;
        this.client = safelight.client();
    }

    int sent() {
        return sent.get();
    }

    /** How often uploads were answered by each status; 0 for those whose sender went away. */
    Map<Integer, Integer> answers() {
        return new TreeMap<>(answers);
    }

    /** Uploads the images of these numbers and returns when the last has come to rest. */
    void send(int from, int end) {
        AtomicInteger next = new AtomicInteger(from);
        try (ExecutorService clients = Executors.newFixedThreadPool(COUNT)) {
            for (var one : clients.invokeAll(Collections.nCopies(COUNT, (Callable<Void>) () -> one(next, end)))) {
                one.get();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Void one(AtomicInteger next, int end) throws IOException {
        Deque<String> onTheirWay = new ArrayDeque<>();
        for (int number = next.getAndIncrement(); number < end; number = next.getAndIncrement()) {
            upload(number).ifPresent(onTheirWay::add);
            ask(number);
            if (onTheirWay.size() > AHEAD) {
                see(onTheirWay.remove(), number);
            }
            sent.incrementAndGet();
        }
        onTheirWay.forEach(id -> see(id, end));
        return null;
    }

    /** Letters alone: what holds digits looks like an id. */
    static String word(int number) {
        StringBuilder word = new StringBuilder("w");
        for (int rest = number; rest > 0; rest /= 26) {
            word.append((char) ('a' + rest % 26));
        }
        return word.toString();
    }

    private Optional<String> upload(int number) throws IOException {
        byte[] image = pictures.bytes(number);
        String word = word(number);
        HttpRequest.Builder request = request(number, "/upload");
        HttpResponse<byte[]> answer = switch (number % 10) {
            case 0 -> client.send(request.header("Content-Type", "image/x-" + word).POST(BodyPublishers.ofByteArray(image)));
            case 1 -> null;
            case 2, 3, 4 -> client.send(request.header("Content-Type", "image/jpeg; " + word + "=" + number).POST(BodyPublishers.ofByteArray(image)));
            default -> client.upload(request, new Part(word + " ü" + number + ".jpg", "image/jpeg", image));
        };
        if (answer == null) {
            leave(word, image);
        }
        answers.merge(answer == null ? 0 : answer.statusCode(), 1, Integer::sum);
        return answer == null || answer.statusCode() != 202 ? Optional.empty() : Optional.of(SafelightClient.json(answer).at("/images/0/id").asText());
    }

    /** Goes away in the middle. */
    private void leave(String word, byte[] image) throws IOException {
        try (RawHttp http = new RawHttp(safelight.port())) {
            http.send("POST /upload?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n".formatted(word, word, 2 * image.length)).send(image);
        }
    }

    private HttpRequest.Builder request(int number, String path) {
        String word = word(number);
        return client.request(path + (path.contains("?") ? "&" : "?") + word + "=" + number).header("User-Agent", word).header(ACCOUNT, word)
                .header("X-" + word, word).header("Accept-Language", word);
    }

    private void ask(int number) throws IOException {
        List<HttpRequest.Builder> polite = requests(number);
        List<String> rude = raw(word(number));
        int kinds = polite.size() + rude.size();
        for (int i = 0; i < REQUESTS; i++) {
            int kind = (number * REQUESTS + i) % kinds;
            if (kind >= polite.size()) {
                try (RawHttp http = new RawHttp(safelight.port())) {
                    http.send(rude.get(kind - polite.size())).answer();
                }
                continue;
            }
            try {
                client.send(polite.get(kind));
            } catch (UncheckedIOException e) {
                // whoever is refused may be hung up on
            }
        }
    }

    private List<HttpRequest.Builder> requests(int number) {
        String word = word(number);
        String id = new UUID(number, number).toString();
        List<HttpRequest.Builder> requests = new ArrayList<>();
        for (String path : List.of("/%s", "/%s/%s", "/api/%s", "/api/images/%s", "/api/images/%s/%s", "/api/images?state=%s", "/api/images?cursor=%s", "/api/banks/%s",
                "/api/dead-letters?queue=%s", "/api/reconcile/runs/%s", "/api/review/%s/preview", "/i/%s", "/i/%s/%s", "/i/%s/resize:width=%s", "/console/%s",
                "/console/images/%s", "/console/assets/%s", "/console/dead-letters/%s", "/hawtio/%s", "/q/%s", "/q/metrics/%s", "/q/health/%s", "/upload/%s", "/scaler/%s")) {
            requests.add(request(number, path.replace("%s", word)));
        }
        for (String path : List.of("/api/images/%s", "/api/images/%s/timeline", "/i/%s/thumb", "/console/images/%s")) {
            requests.add(request(number, path.replace("%s", id)));
        }
        for (String path : List.of("/%s", "/upload", "/api/images/%s", "/i/%s/%s", "/q/%s", "/hawtio/%s")) {
            String there = path.replace("%s", word);
            requests.add(request(number, there).method(word.toUpperCase(Locale.ROOT), BodyPublishers.noBody()));
            requests.add(request(number, there).PUT(BodyPublishers.ofString(word)));
            requests.add(request(number, there).method("OPTIONS", BodyPublishers.noBody()).header("Origin", "http://" + word)
                    .header("Access-Control-Request-Method", word).header("Access-Control-Request-Headers", word));
        }
        for (String path : List.of("/api/%s", "/api/images/%s", "/api/banks/%s", "/hawtio/%s")) {
            requests.add(request(number, path.replace("%s", word)).POST(BodyPublishers.ofString(word)).header("Sec-Fetch-Site", "cross-site"));
            requests.add(request(number, path.replace("%s", word)).DELETE());
        }
        requests.add(request(number, "/classify").header("Content-Type", "image/" + word).POST(BodyPublishers.ofString(word)));
        return requests;
    }

    /** What no library would send. */
    private static List<String> raw(String word) {
        return List.of("POST /%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 99999999999999\r\n\r\n", "GET /%%zz%s HTTP/1.1\r\nHost: %s\r\n\r\n",
                "GET /api/images/{%s} HTTP/1.1\r\nHost: %s\r\n\r\n", "PUT /api/images/{%s} HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n",
                "GET http://%s/upload HTTP/1.1\r\nHost: %s\r\n\r\n", "GET //%s//%s HTTP/1.1\r\nHost: x\r\n\r\n", "%s %s HTTP/7\r\n\r\n")
                .stream().map(text -> text.formatted(word, word)).toList();
    }

    private void see(String id, int number) {
        Awaitility.await("image " + id).atMost(PATIENCE).pollInterval(Duration.ofMillis(500)).until(() -> {
            HttpResponse<byte[]> answer = client.send(request(number, "/api/images/" + id));
            return answer.statusCode() == 200 && AT_REST.contains(SafelightClient.json(answer).path("state").asText());
        });
        client.send(request(number, "/i/" + id + "/thumb").header("Accept", "image/" + word(number)));
        if (number % 10 == 0) {
            client.send(request(number, "/i/" + id + "/resize:width=64"));
        }
    }
}

package io.safelight.bench;

import io.safelight.it.SafelightClient;
import io.safelight.model.State;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;

/** Two who send photographs, the same for everybody that is measured. */
final class Clients {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Asking is work for whoever is asked. */
    private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(250);
    static final int COUNT = 2;

    private Clients() {}

    interface Upload {
        String of(Path photo) throws Exception;
    }

    /** What was answered to each. */
    static List<String> upload(List<Path> photos, Upload upload) {
        try (ExecutorService clients = Executors.newFixedThreadPool(COUNT)) {
            List<Callable<String>> calls = photos.stream().map(photo -> (Callable<String>) () -> upload.of(photo)).toList();
            List<String> answers = new ArrayList<>();
            for (var call : clients.invokeAll(calls)) {
                answers.add(call.get());
            }
            return answers;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Uploads all and returns when the last is published. */
    static void publish(List<Path> photos, SafelightClient ingress, SafelightClient metadata) {
        Deque<String> left = new ArrayDeque<>(upload(photos, photo -> ingress.accepted(photo.getFileName().toString(), Files.readAllBytes(photo))));
        Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ofMillis(100)).pollInterval(BETWEEN_QUESTIONS).until(() -> {
            while (!left.isEmpty() && isPublished(metadata, left.getLast())) {
                left.removeLast();
            }
            return left.isEmpty();
        });
    }

    /** Unknown is an image whose first event is still on its way. */
    private static boolean isPublished(SafelightClient metadata, String id) {
        HttpResponse<byte[]> answer = metadata.get("/api/images/" + id);
        String state = answer.statusCode() == 404 ? "unknown" : SafelightClient.json(answer).path("state").asText();
        if (List.of(State.BLOCKED, State.REVIEW, State.REJECTED, State.FAILED).stream().anyMatch(other -> other.slug().equals(state))) {
            throw new IllegalStateException("a photograph came to rest as " + state);
        }
        return state.equals(State.PUBLISHED.slug());
    }
}

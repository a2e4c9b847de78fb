package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.it.SafelightClient.Part;
import io.safelight.model.State;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** An upload that was acknowledged is published in the end, whatever happens to the process in between. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CrashIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int IMAGES = 200;
    private static final int CLIENTS = 6;

    private static SafelightProcess safelight;
    private static SafelightClient client;

    @BeforeAll
    static void start() {
        safelight = SafelightProcess.start("crash", Map.of("safelight.sftp.uri", "off"));
        client = safelight.client();
    }

    @AfterAll
    static void end() {
        safelight.close();
    }

    @Test
    @Order(1)
    void noAcknowledgedUploadIsLostWhenTheProcessIsKilledAndKilledAgainWhileItRecovers() {
        Map<String, Integer> ledger = new ConcurrentHashMap<>();
        try (Uploads uploads = new Uploads(1_000, ledger)) {
            awaitUploads(ledger, IMAGES / 3);
            safelight.kill9();
            uploads.awaitEnd();
        }
        assertTrue(ledger.size() < IMAGES, "it was killed in the middle");

        Set<String> publishedBefore = new TreeSet<>();
        safelight.launch();
        Awaitility.await("the recovery to have begun").atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).ignoreExceptions().until(() -> {
            publishedBefore.addAll(client.idsIn(State.PUBLISHED));
            return !publishedBefore.isEmpty();
        });
        safelight.kill9();
        assertTrue(publishedBefore.size() < ledger.size(), "it was killed before it had recovered");
        safelight.restart();

        awaitAllPublished(ledger.keySet());
        assertTrue(client.idsIn(State.PUBLISHED).containsAll(publishedBefore), "what was published stays published");

        Map.Entry<String, Integer> any = ledger.entrySet().iterator().next();
        HttpResponse<byte[]> repeat = upload(any.getValue());
        assertEquals(202, repeat.statusCode(), () -> SafelightClient.text(repeat));
        assertEquals(any.getKey(), SafelightClient.json(repeat).at("/images/0/id").asText(), "the same key and the same bytes");
        awaitAllPublished(ledger.keySet());
        for (String id : List.copyOf(ledger.keySet()).subList(0, 10)) {
            assertEquals(200, client.serve(id, "thumb", "image/jpeg").statusCode(), id);
        }
    }

    @Test
    @Order(2)
    void noAcknowledgedUploadIsLostWhenTheProcessIsToldToStop() {
        Map<String, Integer> ledger = new ConcurrentHashMap<>();
        try (Uploads uploads = new Uploads(2_000, ledger)) {
            awaitUploads(ledger, IMAGES / 4);
            safelight.stop();
            uploads.awaitEnd();
        }
        assertTrue(ledger.size() < IMAGES, "it was stopped in the middle");
        safelight.restart();
        awaitAllPublished(ledger.keySet());
    }

    @Test
    @Order(3)
    void afterAllOfItThereIsNoDeadLetter() {
        assertEquals(0, client.getJson("/api/dead-letters").path("deadLetters").size(), () -> client.getJson("/api/dead-letters").toString());
        assertEquals(Set.of(), client.idsIn(State.FAILED));
        safelight.stop();
    }

    private static void awaitUploads(Map<String, Integer> ledger, int count) {
        Awaitility.await(count + " acknowledged uploads").atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> ledger.size() >= count);
    }

    private static void awaitAllPublished(Set<String> ids) {
        assertFalse(ids.isEmpty());
        Awaitility.await("all acknowledged uploads to be published").atMost(PATIENCE).untilAsserted(() -> {
            Set<String> missing = new TreeSet<>(ids);
            missing.removeAll(client.idsIn(State.PUBLISHED));
            assertEquals(Set.of(), missing);
        });
    }

    private static HttpResponse<byte[]> upload(int number) {
        return client.upload(client.request("/upload").header("Idempotency-Key", "crash-" + number),
                new Part("image.jpg", "image/jpeg", TestImages.jpeg(number, 96, 64)));
    }

    /** Clients that upload one image after another until all are sent or nobody answers any more. */
    private static final class Uploads implements AutoCloseable {
        private final List<Thread> clients = new ArrayList<>();
        private final Set<String> unexpected = new ConcurrentSkipListSet<>();
        private final AtomicBoolean over = new AtomicBoolean();

        /** @param ledger of the number of each acknowledged image, by its id */
        Uploads(int first, Map<String, Integer> ledger) {
            AtomicInteger next = new AtomicInteger(first);
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    for (int number = next.getAndIncrement(); number < first + IMAGES && !over.get(); number = next.getAndIncrement()) {
                        uploadOne(number, ledger);
                    }
                }));
            }
        }

        private void uploadOne(int number, Map<String, Integer> ledger) {
            try {
                HttpResponse<byte[]> response = upload(number);
                if (response.statusCode() == 202) {
                    ledger.put(SafelightClient.json(response).at("/images/0/id").asText(), number);
                } else if (response.statusCode() == 503) {
                    over.set(true);
                } else {
                    unexpected.add(response.statusCode() + " " + SafelightClient.text(response));
                }
            } catch (UncheckedIOException e) {
                over.set(true); // the process is gone, and nothing was promised
            }
        }

        void awaitEnd() {
            for (Thread thread : clients) {
                try {
                    assertTrue(thread.join(PATIENCE), "a client still waits for its answer");
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            }
            assertEquals(Set.of(), unexpected);
        }

        @Override
        public void close() {
            over.set(true);
        }
    }
}

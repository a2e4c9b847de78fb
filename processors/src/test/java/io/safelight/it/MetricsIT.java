package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.dashboards.Queries;
import io.safelight.dashboards.Queries.Exported;
import io.safelight.it.SafelightClient.Part;
import io.safelight.model.State;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What docs/how-to/observability.md promises is told by the packaged application, and no more of it the more it does. */
class MetricsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int BATCH = 50;
    /** What a process that does its work alone, on embedded servers and without a card, does not have. ScalerIT and DeadLettersIT see some of it. */
    private static final Set<String> ELSEWHERE = Set.of("with a candidate", "with a card", "scaler", "after a mending", "while there are any");
    private static final List<String> PERIODIC = List.of("sweep-incoming", "sweep-staging", "revive-stuck", "forget-dead-letters");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-");

    private static SafelightProcess safelight;
    private static SafelightClient client;

    @BeforeAll
    static void start() {
        safelight = SafelightProcess.start("metrics", Map.of());
        client = safelight.client();
    }

    @AfterAll
    static void end() {
        safelight.close();
    }

    private static Map<String, Double> scrape() {
        return Scrape.of(client);
    }

    private static Stream<String> series(Map<String, Double> scraped, String name) {
        return scraped.keySet().stream().filter(series -> series.startsWith(name + "{"));
    }

    private static double sum(Map<String, Double> scraped, String name, String... labels) {
        return series(scraped, name).filter(series -> Stream.of(labels).allMatch(series::contains)).mapToDouble(scraped::get).sum();
    }

    @Test
    void everyMetricOfThePageIsToldAndTheirNumberIsBounded() {
        List<String> published = job(1);
        // what runs by itself, the last of it a minute after the start
        Awaitility.await("periodic work").atMost(PATIENCE).until(() -> sum(scrape(), "reconcile_ended") > 0
                && PERIODIC.stream().allMatch(route -> sum(scrape(), "camel_exchanges_total", "routeId=\"" + route + "\"") > 0));
        Map<String, Double> first = scrape();

        List<String> missing = new ArrayList<>();
        for (Exported metric : Queries.exported()) {
            boolean told = metric.series().stream().allMatch(name -> series(first, name)
                    .anyMatch(series -> metric.labels().stream().allMatch(label -> series.matches(".*[{,]" + label + "=\".*"))));
            if (!told && !ELSEWHERE.contains(metric.where())) {
                missing.add(metric.name() + metric.labels() + " of " + series(first, metric.name()).toList());
            }
        }
        assertEquals(List.of(), missing);
        assertEquals(List.of(), first.keySet().stream().filter(series -> ID.matcher(series).find()).toList(), "an image has no series of its own");
        check(first, published.size());

        job(2);
        upload(BATCH, 1_000);
        upload(BATCH, 1_000 + BATCH);
        Set<String> more = new TreeSet<>(scrape().keySet());
        more.removeAll(first.keySet());
        assertEquals(List.of(), more.stream().filter(series -> ID.matcher(series).find()).toList(), "an image has no series of its own");
        // the collector's pauses have causes of which some are rare; routes have steps of which some are, and no more of them than their files name
        more.removeIf(series -> series.startsWith("jvm_gc") || series.startsWith("camel_") && series.contains("routeId=\""));
        assertEquals(Set.of(), more, "after " + 2 * BATCH + " further uploads");
    }

    /** What happens to images, all ways that do not end in a dead letter. @return the ids of what was published */
    private static List<String> job(int round) {
        List<String> ids = new ArrayList<>();
        // as whoever asks at once after an upload is told
        assertEquals(404, client.get("/api/images/01a2017b-26dc-7000-8000-000000000000").statusCode());
        ids.add(client.accepted("a.jpg", TestImages.jpeg(10 * round, 320, 240)));
        ids.add(SafelightClient.json(client.uploadRaw(TestImages.jpeg(10 * round + 1, 320, 240), "image/jpeg")).at("/images/0/id").asText());
        ids.add(SafelightClient.json(client.uploadRaw(TestImages.png(10 * round + 2, 320, 240), "image/png")).at("/images/0/id").asText());
        assertEquals(415, client.uploadRaw("no image".getBytes(), "text/plain").statusCode());
        ids.forEach(id -> client.awaitState(id, State.PUBLISHED));
        for (String id : ids) {
            for (int times = 0; times < 2; times++) {
                assertEquals(200, client.serve(id, "thumb", "image/jpeg").statusCode());
                assertEquals(200, client.serve(id, "resize:width=64", "image/jpeg").statusCode());
            }
        }
        assertTrue(client.idsIn(State.PUBLISHED).containsAll(ids));
        assertEquals(200, client.send(client.request("/classify").POST(BodyPublishers.ofByteArray(TestImages.jpeg(3, 64, 48)))).statusCode());

        String withdrawn = client.accepted("b.jpg", TestImages.jpeg(10 * round + 5, 320, 240));
        client.awaitState(withdrawn, State.PUBLISHED);
        assertEquals(200, client.send(client.request("/api/images/" + withdrawn).DELETE()).statusCode());
        client.awaitState(client.accepted("b.jpg", TestImages.jpeg(10 * round + 5, 320, 240)), State.BLOCKED);

        assertEquals(200, client.send(client.request("/api/reconcile?age=PT0S").POST(BodyPublishers.noBody())).statusCode());
        return ids;
    }

    private static void check(Map<String, Double> told, int published) {
        assertEquals(published + 2, sum(told, "upload_requests_total", "status=\"202\""));
        assertEquals(2, sum(told, "upload_requests_total", "status=\"202\"", "content_type=\"image/jpeg\"") + sum(told, "upload_requests_total", "status=\"202\"", "content_type=\"image/png\""));
        assertEquals(1, sum(told, "upload_requests_total", "status=\"415\"", "content_type=\"other\""));
        assertEquals(published + 2, sum(told, "processing_duration_seconds_count", "operation=\"render\""));
        assertEquals(published, sum(told, "processing_duration_seconds_count", "operation=\"make\""));
        assertEquals(published + 3, sum(told, "moderation_scan_duration_seconds_count", "result=\"scanned\""));
        assertEquals(1, sum(told, "moderation_flags_total", "category=\"withdrawn\""));
        assertEquals(published + 1, sum(told, "time_to_publish_seconds_count"));
        assertEquals(2 * published, sum(told, "serving_cache_lookups_total", "hit"));
        assertEquals(2 * published, sum(told, "serving_cache_lookups_total", "miss"));
        assertEquals(0.5, sum(told, "serving_cache_hit_ratio"));
        assertEquals(published, sum(told, "time_to_first_serve_seconds_count"));
        for (String tier : List.of("raw", "master", "staging", "public")) {
            assertTrue(sum(told, "storage_bytes_total", "tier=\"" + tier + "\"") > 0, tier);
        }
        assertEquals(0, sum(told, "processing_queue_depth", "queue=\"moderation\""));
        assertEquals(Set.of("leader{task=\"lifecycle\"}", "leader{task=\"sftp\"}"), series(told, "leader").map(series -> series.replace(",}", "}")).collect(Collectors.toSet()));
    }

    private static void upload(int images, int from) {
        int before = client.idsIn(State.PUBLISHED).size();
        JsonNode taken = SafelightClient.json(client.upload(IntStream.range(from, from + images)
                .mapToObj(i -> new Part(i + ".jpg", "image/jpeg", TestImages.jpeg(i, 64, 48))).toArray(Part[]::new)));
        assertEquals(images, taken.path("images").size(), taken::toString);
        Awaitility.await("all to be published").atMost(PATIENCE).until(() -> client.idsIn(State.PUBLISHED).size() == before + images);
    }
}

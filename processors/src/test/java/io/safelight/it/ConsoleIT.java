package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.embedded.Amqp;
import io.safelight.model.State;
import io.safelight.servers.RabbitMqServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The console in a real browser: someone uploads, drops, finds, reviews, replays and withdraws, on a desk and on a phone, in light and dark. And Hawtio, where a route is stopped and started. */
class ConsoleIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Path SHOTS = Path.of("target/it/console-screenshots");

    private static final String PASSWORD = "only for this test";

    private static RabbitMqServer broker;
    private static SafelightProcess safelight;
    private static SafelightClient client;

    @BeforeAll
    static void start() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/chromium")) && Files.isDirectory(Path.of("target/browser/node_modules/axe-core")),
                "SKIPPED, NOT TESTED: the console in a browser; scripts/browser/install gets Chromium, puppeteer-core and axe-core");
        Files.createDirectories(SHOTS);
        broker = RabbitMqServer.start();
        broker.setUp("/");
        safelight = SafelightProcess.start("console", Map.of("safelight.home", home().toString(), "safelight.broker.uri", broker.uri(),
                "safelight.upload.account-header", "Account", "safelight.sftp.uri", "off", "safelight.hawtio.password", PASSWORD));
        client = safelight.client();
    }

    @Test
    void aRouteIsSeenStoppedAndStartedInHawtio() throws Exception {
        assertEquals(200, client.get("/api/audit").statusCode());

        assertEquals(List.of(), node("hawtio.mjs", "admin", PASSWORD, "api-audit", "stop"));

        assertEquals(404, client.get("/api/audit").statusCode());
        HttpResponse<byte[]> unready = client.get("/q/health/ready");
        assertEquals(503, unready.statusCode());
        assertTrue(SafelightClient.text(unready).contains("Route api-audit has status Stopped"), () -> SafelightClient.text(unready));

        assertEquals(List.of(), node("hawtio.mjs", "admin", PASSWORD, "api-audit", "start"));

        assertEquals(200, client.get("/api/audit").statusCode());
        assertEquals(200, client.get("/q/health/ready").statusCode());
    }

    @AfterAll
    static void stop() throws Exception {
        if (safelight != null) {
            safelight.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    /** As shipped, but for a word on an account. */
    private static Path home() throws IOException {
        return SafelightProcess.home("console-home", "moderation.yaml", policy -> policy.replaceFirst("(?m)^rules:\n", """
                rules:
                  - name: watched-account
                    accounts: [watched]
                    verdict: review
                """));
    }

    private static String held() throws Exception {
        HttpResponse<byte[]> answer = client.upload(client.request("/upload").header("Account", "watched"),
                new SafelightClient.Part("held.jpg", "image/jpeg", TestImages.jpeg(4711, 640, 480)));
        String id = SafelightClient.json(answer).at("/images/0/id").asText();
        client.awaitState(id, State.REVIEW);
        return id;
    }

    private static JsonNode buried() throws Exception {
        try (Amqp amqp = new Amqp(broker.uri())) {
            amqp.publish("", "processing", "this is no event");
        }
        Awaitility.await("the dead letter").atMost(PATIENCE).until(() -> !client.getJson("/api/dead-letters").path("deadLetters").isEmpty());
        return client.getJson("/api/dead-letters").at("/deadLetters/0");
    }

    @Test
    void someoneUploadsReviewsReplaysAndWithdrawsAndNothingIsInTheWayOfAnybody() throws Exception {
        String held = held();
        JsonNode letter = buried();
        Path photo = Files.write(SHOTS.resolve("photo.jpg"), TestImages.jpeg(42, 1600, 1200));
        Path dropped = Files.write(SHOTS.resolve("dropped.jpg"), TestImages.jpeg(1234, 1600, 1200));

        List<String> found = node("walk.mjs", photo.toString(), dropped.toString(), held);

        assertEquals(List.of(), found, "what is in somebody's way");
        assertEquals("published", client.image(held).path("state").asText());
        assertEquals("a moderator", client.image(held).at("/moderation/reviewer").asText());
        assertEquals(1, client.getJson("/api/dead-letters/" + letter.path("id").asText()).path("replays").asInt());
        assertEquals(1, client.idsIn(State.WITHDRAWN).size());
    }

    /** @return what the script found wrong */
    private static List<String> node(String script, String... arguments) throws Exception {
        Path errors = SHOTS.resolve("errors.log");
        List<String> command = new ArrayList<>(List.of("node", "scripts/browser/" + script, safelight.address().toString(), SHOTS.toString()));
        command.addAll(List.of(arguments));
        Process walk = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        List<String> found = walk.inputReader().lines().toList();
        int end = walk.waitFor();
        assertEquals(0, end, "beside " + SHOTS + ": " + found + " " + Files.readString(errors));
        return found;
    }
}

package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Code;
import io.safelight.it.SafelightClient.Part;
import io.safelight.model.State;
import io.safelight.testing.SharedData;
import io.safelight.transform.Samples;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gate, on the packaged application: known pictures, decisions by people, and what a killed process leaves of a batch. */
class ModerationIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int UPLOADS = 40;

    private static SafelightProcess safelight;
    private static SafelightClient client;

    @BeforeAll
    static void start() {
        safelight = SafelightProcess.start("moderation", Map.of("safelight.moderation.batch-size", "16"));
        client = safelight.client();
    }

    @AfterAll
    static void end() {
        safelight.close();
    }

    private static HttpResponse<byte[]> post(String path, String type, String body) {
        return client.send(client.request(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode done(HttpResponse<byte[]> answer) {
        assertEquals(200, answer.statusCode(), () -> SafelightClient.text(answer));
        return SafelightClient.json(answer);
    }

    private static int served(String id) {
        return client.serve(id, "thumb", "image/jpeg").statusCode();
    }

    private static void awaitServed(int status, String id) {
        Awaitility.await("the thumb of " + id + " to answer " + status).atMost(PATIENCE).until(() -> served(id) == status);
    }

    /** Half as wide and high, and compressed anew. */
    private static byte[] copy(byte[] jpeg) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg));
        BufferedImage half = new BufferedImage(image.getWidth() / 2, image.getHeight() / 2, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = half.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image, 0, 0, half.getWidth(), half.getHeight(), null);
        graphics.dispose();
        return Samples.encoded(half, "jpeg");
    }

    @Test
    void aPictureThatIsBankedLateIsGoneWithItsCopiesAndComesBackWhenItIsAllowed() throws Exception {
        byte[] photo = TestImages.jpeg(900, 1200, 900);
        String id = client.accepted("known.jpg", photo);
        String other = client.accepted("other.jpg", TestImages.jpeg(901, 1200, 900));
        client.awaitState(id, State.PUBLISHED);
        client.awaitState(other, State.PUBLISHED);
        assertEquals(200, served(id));

        done(client.send(client.request("/api/banks/block/images/" + id + "?by=mo&reason=case+17").POST(BodyPublishers.noBody())));

        awaitServed(410, id);
        assertEquals("blocked", client.image(id).path("state").asText());
        assertEquals("known-bad", client.image(id).at("/moderation/rule").asText());
        String copy = client.accepted("copy.jpg", copy(photo));
        client.awaitState(copy, State.BLOCKED);
        ProblemDocument.check(Code.NOT_FOUND, client.serve(copy, "thumb", "image/jpeg"));

        String hashes = SafelightClient.text(client.get("/api/banks/block"));
        assertEquals(1, hashes.lines().count(), hashes);
        done(post("/api/banks/allow?by=jo", "text/plain", hashes));

        awaitServed(200, id);
        // less alike than the bank of the allowed asks
        done(client.send(client.request("/api/banks/allow/images/" + copy + "?by=jo").POST(BodyPublishers.noBody())));
        awaitServed(200, copy);
        assertEquals(200, served(other));
        assertEquals(List.of("jo", "jo", "mo"), StreamSupport.stream(client.getJson("/api/audit?limit=200").path("entries").spliterator(), false)
                .filter(entry -> entry.path("action").asText().equals("banked")).map(entry -> entry.path("actor").asText()).toList());
    }

    @Test
    void whatAPersonDecidesIsDoneAtOnceAndKept() {
        String id = client.accepted("flagged.png", Part.of(SharedData.path("models/flagged-synthetic.png")).bytes());
        client.awaitState(id, State.BLOCKED);
        HttpResponse<byte[]> preview = client.get("/api/review/" + id + "/preview");
        assertEquals(200, preview.statusCode(), () -> SafelightClient.text(preview));
        assertEquals("image/jpeg", preview.headers().firstValue("Content-Type").orElse(""));

        JsonNode cleared = done(post("/api/review/" + id, "application/json", """
                {"decision": "clear", "reason": "ellipses, and nothing else", "reviewer": "mo"}"""));
        assertEquals("published", cleared.path("state").asText());
        awaitServed(200, id);

        done(post("/api/review/" + id, "application/json", """
                {"decision": "block", "reason": "not here", "reviewer": "jo"}"""));
        awaitServed(410, id);
        assertEquals(List.of("decided", "overridden", "decided", "overridden", "decided"),
                client.getJson("/api/audit?image=" + id).path("entries").findValuesAsText("action"));
    }

    /** At least once is what a broker promises; a verdict is taken once all the same. */
    @Test
    void aProcessThatIsKilledAmidItsBatchesMissesNoVerdictAndTakesNoneTwice() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < UPLOADS; i++) {
            ids.add(client.accepted("picture-" + i + ".jpg", TestImages.jpeg(1000 + i, 96, 64)));
        }
        Awaitility.await("the first verdict").atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> verdicts(ids) > 0);
        safelight.kill9();
        safelight.restart();

        ids.forEach(id -> client.awaitState(id, State.PUBLISHED));

        for (String id : ids) {
            assertEquals(List.of("decided"), client.getJson("/api/audit?image=" + id).path("entries").findValuesAsText("action"), id);
        }
        assertEquals(0, client.getJson("/api/dead-letters").path("deadLetters").size());
        String told = SafelightClient.text(client.get("/q/metrics"));
        for (String name : List.of("moderation_batch_size_count", "moderation_queue_seconds_count", "moderation_inference_seconds_count")) {
            assertTrue(told.contains(name + "{"), () -> name + " is not among the metrics");
        }
    }

    private static long verdicts(List<String> ids) {
        return ids.stream().filter(id -> client.get("/api/images/" + id).statusCode() == 200)
                .filter(id -> client.image(id).at("/moderation/decision").isTextual()).limit(1).count();
    }
}

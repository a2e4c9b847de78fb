package io.safelight.routes;

import static java.net.http.HttpRequest.BodyPublishers.ofByteArray;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.camel.Moderation;
import io.safelight.moderate.Model;
import io.safelight.moderate.Moderator;
import io.safelight.testing.Models;
import io.safelight.testing.SharedData;
import io.safelight.trace.Spans;
import io.safelight.transform.Samples;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ClassifyRouteTest extends HttpRouteTest {
    private static final byte[] PHOTO = Samples.encoded(Samples.quarters(320, 240), "jpeg");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Moderator moderator = new Moderator(engine(), Models.running(1, Duration.ofMillis(1), 1, 4));

    ClassifyRouteTest() {
        super("classify/classify");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("uploads", uploads());
        registry.bind("moderation", new Moderation(moderator, meters, Spans.off()));
    }

    @AfterAll
    void letGoOfTheModel() {
        moderator.close();
    }

    @Test
    void theModelSaysWhatItSeesAndNothingIsStoredOrAnnounced() throws Exception {
        JsonNode answer = assertJson(200, send("POST", "/classify", ofByteArray(PHOTO), "Content-Type", "image/jpeg"));

        assertEquals(steps("classify", "begin", "receive", "only-one", "validate", "moderate", "answer"), story());
        assertEquals(moderator.modelIds().getFirst(), answer.get("model").asText());
        assertEquals(Model.shipped().labels().size(), answer.get("labels").size());
        assertEquals(Set.of(), keys(hidden, ""));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aFormDoesAsWellAndWhatIsExplicitIsSaidToBe() throws Exception {
        byte[] drawn = Files.readAllBytes(SharedData.path("models/flagged-synthetic.png"));

        JsonNode answer = assertJson(200, send("POST", "/classify", multipart("image", Map.of("flagged.png", drawn)),
                "Content-Type", "multipart/form-data; boundary=" + BOUNDARY));

        double unsafe = answer.at("/labels/porn").asDouble() + answer.at("/labels/hentai").asDouble();
        assertTrue(unsafe > 0.9, answer.toString());
    }

    @Test
    void whatIsNoImageOrNotOneImageIsAProblem() throws Exception {
        assertProblem(415, "unsupported-type", send("POST", "/classify", ofByteArray("words".getBytes()), "Content-Type", "image/jpeg"));
        assertProblem(422, "broken-image", send("POST", "/classify", ofByteArray(Samples.cut(PHOTO, 0.6)), "Content-Type", "image/jpeg"));
        assertProblem(400, "malformed-request", send("POST", "/classify", multipart("image", Map.of("a.jpg", PHOTO, "b.jpg", PHOTO)),
                "Content-Type", "multipart/form-data; boundary=" + BOUNDARY));
        assertProblem(400, "no-file", send("POST", "/classify", multipart("file", Map.of("a.jpg", PHOTO)),
                "Content-Type", "multipart/form-data; boundary=" + BOUNDARY));
    }
}

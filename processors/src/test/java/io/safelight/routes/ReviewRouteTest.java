package io.safelight.routes;

import static java.net.http.HttpRequest.BodyPublishers.ofString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.camel.Review;
import io.safelight.decode.PixelDecoder;
import io.safelight.decode.Pixels;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import io.safelight.testing.Studio;
import io.safelight.transform.Engines;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Samples;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReviewRouteTest extends HttpRouteTest {
    @TempDir
    Path folder;

    private final Archive archive = new Archive(hidden, open);
    private volatile ImageEngine engine = engine();

    ReviewRouteTest() {
        super("metadata/review");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
        registry.bind("review", new Review(archive.catalog, null) {
            @Override
            public void preview(Exchange exchange) throws IOException {
                new Review(archive.catalog, instance(engine)).preview(exchange);
            }
        });
        registry.bind("uploads", uploads());
    }

    private Studio held() {
        return archive.seen(archive.studio(), Archive.DOUBTFUL);
    }

    private HttpResponse<byte[]> decide(UUID id, String body) throws Exception {
        return send("POST", "/api/review/" + id, ofString(body), "Content-Type", "application/json");
    }

    @Test
    void theQueueTellsWhatWaitsAndWhyAndWhereItCanBeSeen() throws Exception {
        Studio studio = held();

        JsonNode page = assertJson(200, get("/api/review?order=risk&limit=200"));

        assertEquals(steps("api-review", "list", "answer"), story());
        JsonNode held = page.get("images").get(page.get("images").findValuesAsText("id").indexOf(studio.id.toString()));
        assertEquals("review", held.get("state").asText());
        assertEquals("perhaps-explicit", held.get("rule").asText());
        assertEquals(0.5, held.get("risk").asDouble(), 1e-6);
        assertEquals("/api/review/" + studio.id + "/preview", held.get("preview").asText());
        assertProblem(400, "bad-parameter", get("/api/review?order=taste"));
        assertProblem(400, "bad-parameter", get("/api/review?order=risk&cursor=x"));
    }

    @Test
    void whatAPersonClearsIsPublishedAndAnnouncedAndWhatTheyBlockIsNot() throws Exception {
        Studio studio = held();

        JsonNode image = assertJson(200, decide(studio.id, """
                {"decision": "clear", "reason": "a beach", "reviewer": "mo"}"""));

        assertEquals(steps("api-review-decide", "begin", "which", "receive", "judge", "judged", "compose-published", "announce-published", "told", "look-again", "answer"), story());
        assertEquals("published", image.get("state").asText());
        assertEquals("mo", image.at("/moderation/reviewer").asText());
        assertEquals(studio.trace, assertEvent("image.published", published()).get("trace").asText());

        image = assertJson(200, decide(studio.id, """
                {"decision": "block", "reason": "not one", "reviewer": "jo"}"""));
        assertEquals("blocked", image.get("state").asText());

        JsonNode audit = assertJson(200, get("/api/audit?image=" + studio.id));
        assertTrue(story().containsAll(steps("api-audit", "list", "answer")), story().toString());
        assertEquals(List.of("jo", "mo"), audit.get("entries").findValuesAsText("actor"));
        assertEquals("overridden", audit.at("/entries/1/action").asText());
    }

    @Test
    void whoDecidesByWhatAnotherPersonHasDecidedMeanwhileIsTold() throws Exception {
        Studio studio = held();
        JsonNode page = assertJson(200, get("/api/review?order=risk&limit=200"));
        String shown = page.get("images").get(page.get("images").findValuesAsText("id").indexOf(studio.id.toString())).get("version").asText();
        String decision = "{\"decision\": \"%s\", \"reason\": \"r\", \"reviewer\": \"mo\", \"version\": \"%s\"}";
        assertEquals("blocked", assertJson(200, decide(studio.id, decision.formatted("block", shown))).get("state").asText());

        JsonNode problem = assertProblem(409, "conflict", decide(studio.id, decision.formatted("clear", shown)));

        assertTrue(problem.get("detail").asText().contains("is blocked now"), problem.toString());
        assertEquals(State.BLOCKED, archive.catalog.find(studio.id).orElseThrow().state());
        assertJson(200, decide(studio.id, decision.formatted("clear", archive.catalog.version(studio.id).orElseThrow())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "clear", "{}", "[]", "null", "{\"decision\": \"clear\", \"reviewer\": \"mo\"}",
        "{\"decision\": \"\", \"reason\": \"r\", \"reviewer\": \"mo\"}", "{\"decision\": \"clear\", \"reason\": \" \", \"reviewer\": \"mo\"}",
        "{\"decision\": [1], \"reason\": \"r\", \"reviewer\": \"mo\"}"})
    void aDecisionThatCannotBeReadChangesNothing(String body) throws Exception {
        Studio studio = held();
        HttpResponse<byte[]> answer = decide(studio.id, body);
        assertEquals(400, answer.statusCode(), () -> text(answer.body()));
        assertEquals("review", archive.catalog.find(studio.id).orElseThrow().state().slug());
    }

    @Test
    void whatIsUnknownOrNotThereYetOrNoDecisionIsAProblem() throws Exception {
        String good = "{\"decision\": \"clear\", \"reason\": \"r\", \"reviewer\": \"mo\"}";
        assertProblem(404, "not-found", decide(Ids.timeOrdered(), good));
        Studio accepted = archive.studio();
        archive.heard(accepted.accepted());
        assertProblem(409, "conflict", decide(accepted.id, good));
        assertProblem(400, "bad-parameter", decide(held().id, good.replace("clear", "review")));
        assertProblem(404, "not-found", get("/api/review/" + accepted.id + "/preview"));
        assertProblem(400, "bad-parameter", get("/api/review/" + held().id + "/preview?blur=some"));
    }

    @Test
    void thePreviewIsBlurredUnlessAskedOtherwise() throws Exception {
        UUID id = rendered(Samples.encoded(stripes(), "jpeg"), Format.JPEG);

        HttpResponse<byte[]> blurred = get("/api/review/" + id + "/preview");

        assertEquals(steps("api-review-preview", "begin", "choose", "fetch-master", "draw"), story());
        assertEquals(200, blurred.statusCode(), () -> text(blurred.body()));
        assertEquals("image/jpeg", header(blurred, "Content-Type"));
        assertEquals("no-store", header(blurred, "Cache-Control"));
        assertTrue(contrast(blurred) < 16, () -> "contrast " + contrast(blurred));
        HttpResponse<byte[]> clear = get("/api/review/" + id + "/preview?blur=false");
        assertTrue(contrast(clear) > 200, () -> "contrast " + contrast(clear));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?blur=false"})
    void thePreviewOfWhatMovesMoves(String query) throws Exception {
        Assumptions.assumeTrue(engine.animates(), "SKIPPED, NOT TESTED: there is no libvips");
        UUID id = rendered(animation(), Format.WEBP);

        HttpResponse<byte[]> preview = get("/api/review/" + id + "/preview" + query);

        assertEquals(200, preview.statusCode(), () -> text(preview.body()));
        assertEquals("image/webp", header(preview, "Content-Type"));
        List<Pixels> frames = new ArrayList<>();
        ((PixelDecoder) engine).frames(Files.write(folder.resolve("preview"), preview.body()), frames::add);
        assertEquals(3, frames.size());
    }

    @Test
    void whoCannotBeShownAllThatMovesIsShownNothingAndToldWhy() throws Exception {
        engine = Engines.open("thumbnailator", Optional.empty(), Path.of(".native"), Path.of("config/watermarks"));

        JsonNode problem = assertProblem(503, "unavailable", get("/api/review/" + rendered(animation(), Format.WEBP) + "/preview"));
        assertTrue(problem.get("detail").asText().contains("Install libvips"), problem.toString());

        HttpResponse<byte[]> still = get("/api/review/" + rendered(Samples.encoded(stripes(), "jpeg"), Format.JPEG) + "/preview");
        assertEquals(200, still.statusCode(), () -> text(still.body()));
    }

    private static byte[] animation() throws IOException {
        return Files.readAllBytes(Path.of("processors/src/test/resources/golden/in/animated.webp"));
    }

    /** @param master of an image that was processed, and has its id */
    private UUID rendered(byte[] master, Format format) {
        Studio studio = archive.studio();
        archive.heard(studio.accepted());
        hidden.put(Keys.master(studio.id), master, format.contentType());
        String sha256 = Studio.sha256(master);
        archive.heard(Event.of(studio.id, TRACE, new Fact.Rendered(600, 600, "LEHV6nWB2yk8", "#102030", Map.of(), "libvips 8",
                List.of(Variant.source(studio.id, format, 600, 600, master.length, sha256)), null), null).withObject(Keys.master(studio.id), sha256));
        return studio.id;
    }

    /** Black and white, ten pixels each. */
    private static BufferedImage stripes() {
        BufferedImage image = new BufferedImage(600, 600, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 600; x++) {
            for (int y = 0; y < 600; y++) {
                image.setRGB(x, y, x / 10 % 2 == 0 ? 0xffffff : 0);
            }
        }
        return image;
    }

    private static int contrast(HttpResponse<byte[]> jpeg) {
        try {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(jpeg.body()));
            int lowest = 255;
            int highest = 0;
            for (int x = image.getWidth() / 4; x < image.getWidth() * 3 / 4; x++) {
                int green = image.getRGB(x, image.getHeight() / 2) >> 8 & 0xff;
                lowest = Math.min(lowest, green);
                highest = Math.max(highest, green);
            }
            return highest - lowest;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.camel.SystemInfo;
import io.safelight.catalog.PageRequest;
import io.safelight.model.Ids;
import io.safelight.model.Manifest;
import io.safelight.model.State;
import io.safelight.moderate.Moderator;
import io.safelight.store.Keys;
import io.safelight.testing.Models;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);
    private final Moderator moderator = new Moderator(engine(), Models.running(1, Duration.ofMillis(1), 1, 1));

    ApiRouteTest() {
        super("metadata/api");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
        registry.bind("system", new SystemInfo(config, context, instance(engine()), instance(moderator), "1.2.3"));
    }

    @AfterAll
    void letGoOfTheModel() {
        moderator.close();
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
    }

    private HttpResponse<byte[]> delete(UUID id, String query) throws Exception {
        return send("DELETE", "/api/images/" + id + query, BodyPublishers.noBody());
    }

    @Test
    void theListTellsNewestFirstByStatePageByPage() throws Exception {
        Studio first = archive.published();
        Studio second = archive.published();
        Studio accepted = archive.studio();
        archive.heard(accepted.accepted());

        JsonNode page = assertJson(200, get("/api/images?state=published&limit=1"));
        assertEquals(List.of(second.id.toString()), page.get("images").findValuesAsText("id"));
        JsonNode next = assertJson(200, get("/api/images?state=published&limit=1&cursor=" + page.get("next").asText()));
        assertEquals(List.of(first.id.toString()), next.get("images").findValuesAsText("id"));
        assertEquals(accepted.id.toString(), assertJson(200, get("/api/images")).at("/images/0/id").asText());
        assertEquals(steps("api-images", "list", "answer"), story().subList(0, 2));
    }

    @Test
    void imagesAreFoundByNameAndById() throws Exception {
        Studio studio = archive.published();
        TestDatabase.execute(archive.database, "update image set name = 'picture 4711.jpg' where id = ?", studio.id);
        archive.published();

        for (String text : List.of("Picture+4711", studio.id.toString())) {
            JsonNode page = assertJson(200, get("/api/images?find=" + text));
            assertEquals(List.of(studio.id.toString()), page.get("images").findValuesAsText("id"));
            assertEquals("picture 4711.jpg", page.at("/images/0/name").asText());
            assertTrue(page.get("next").isNull());
        }
        assertEquals(List.of(), assertJson(200, get("/api/images?find=picture+4712")).get("images").findValuesAsText("id"));
        assertProblem(400, "bad-parameter", get("/api/images?find=" + "x".repeat(201)));
    }

    @Test
    void anImageTellsAllThatIsKnownOfIt() throws Exception {
        Studio studio = archive.published();

        JsonNode image = assertJson(200, get("/api/images/" + studio.id));

        assertEquals(steps("api-image", "find", "answer"), story());
        assertEquals(studio.id.toString(), image.get("id").asText());
        assertEquals("published", image.get("state").asText());
        assertEquals("clear", image.at("/moderation/decision").asText());
        assertEquals(3, image.get("variants").size());
        assertTrue(image.at("/variants/0/url").asText().startsWith("/i/" + studio.id + "/thumb"));
    }

    @Test
    void theTimelineAddsUp() throws Exception {
        Studio studio = archive.published();

        JsonNode timeline = assertJson(200, get("/api/images/" + studio.id + "/timeline"));

        assertEquals(steps("api-timeline", "find", "answer"), story());
        assertEquals(studio.trace, timeline.get("trace").asText());
        long sum = 0;
        for (JsonNode entry : timeline.get("entries")) {
            sum += entry.get("ms").asLong();
        }
        assertEquals(timeline.get("totalMs").asLong(), sum);
    }

    @Test
    void theTimelineOfWhatIsNotOnTheSiteGoesOnToNowAndSaysWhatIsWaitedFor() throws Exception {
        Studio accepted = archive.studio();
        archive.heard(accepted.accepted());
        Studio held = archive.seen(archive.studio(), Archive.DOUBTFUL);
        Studio published = archive.published();
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);

        for (var awaited : Map.of(accepted, "process", held, "review").entrySet()) {
            JsonNode timeline = assertJson(200, get("/api/images/" + awaited.getKey().id + "/timeline"));
            JsonNode last = timeline.get("entries").get(timeline.get("entries").size() - 1);
            assertEquals("wait " + awaited.getValue() + " true", last.get("kind").asText() + " " + last.get("name").asText() + " " + last.get("open").asText());
            Instant to = Instant.parse(timeline.get("to").asText());
            assertFalse(to.isBefore(before) || to.isAfter(Instant.now()), timeline::toString);
            assertEquals(timeline.get("to"), last.get("to"));
            assertEquals(Duration.between(Instant.parse(timeline.get("from").asText()), to).toMillis(), timeline.get("totalMs").asLong());
        }
        assertFalse(assertJson(200, get("/api/images/" + published.id + "/timeline")).get("entries").findValuesAsText("open").contains("true"));
    }

    @Test
    void aWithdrawalLeavesATombstoneAndIsAnnouncedAndMayBeRepeated() throws Exception {
        Studio studio = archive.published();

        JsonNode image = assertJson(200, delete(studio.id, "?reason=by%20its%20owner&by=mo"));

        assertEquals(steps("api-withdraw", "withdraw", "announce-withdrawn", "look-again", "answer"), story());
        assertEquals("withdrawn", image.get("state").asText());
        assertEquals("by its owner", image.get("reason").asText());
        assertEquals("withdrawn mo: by its owner", archive.catalog.audit(studio.id, PageRequest.of(null, "1", null)).entries().stream()
                .map(e -> e.action() + " " + e.actor() + ": " + e.reason()).findFirst().orElseThrow());
        assertEquals(Set.of(Manifest.key(studio.id)), keys(open, studio.id + "/"));
        assertEquals(Set.of(), keys(hidden, Keys.raw(studio.id)));
        assertEquals(Set.of(), keys(hidden, Keys.master(studio.id)));
        assertEquals(Set.of(), keys(hidden, Keys.staging(studio.id)));
        JsonNode event = assertEvent("image.withdrawn", published());
        assertEquals(studio.id.toString(), event.get("id").asText());
        assertEquals(studio.trace, event.get("trace").asText(), "the trace it has had since its upload");

        assertJson(200, delete(studio.id, ""));
        assertEquals("by its owner", assertJson(200, get("/api/images/" + studio.id)).get("reason").asText());
    }

    @Test
    void aWithdrawalByANameThatIsTooLongIsRefusedAndBlankIsNobody() throws Exception {
        Studio studio = archive.published();

        assertProblem(400, "bad-parameter", delete(studio.id, "?by=" + "m".repeat(501)));
        assertEquals(State.PUBLISHED, archive.catalog.find(studio.id).orElseThrow().state());

        assertJson(200, delete(studio.id, "?by=%20"));
        assertNull(archive.catalog.audit(studio.id, PageRequest.of(null, "1", null)).entries().getFirst().actor());
    }

    @ParameterizedTest
    @CsvSource({"REFUSE", "SILENCE", "BROKEN_CONNECTION"})
    void aWithdrawalTheBrokerDoesNotHearOfIsDoneAllTheSameAndAskedForAgain(TestBroker.Answer answer) throws Exception {
        Studio studio = archive.published();
        broker.answer(publication -> answer);

        assertProblem(503, "unavailable", delete(studio.id, ""));

        assertEquals(State.WITHDRAWN, archive.catalog.find(studio.id).orElseThrow().state());
        broker.calm();
        assertJson(200, delete(studio.id, ""));
        assertEvent("image.withdrawn", published());
    }

    @Test
    void aStoreThatIsAwayMakesAWithdrawalAProblemAndTheNextOneFinishesIt() throws Exception {
        Studio studio = archive.published();
        TestStore.refuse = key -> key.equals(Manifest.key(studio.id));

        assertProblem(503, "unavailable", delete(studio.id, ""));
        assertEquals(List.of(), broker.attempted());

        TestStore.refuse = key -> false;
        assertJson(200, delete(studio.id, ""));
        assertEquals(Set.of(Manifest.key(studio.id)), keys(open, studio.id + "/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/timeline"})
    void anUnknownImageIsNotFoundAndAnIdThatIsNoneIsSaidToBe(String what) throws Exception {
        assertProblem(404, "not-found", get("/api/images/" + Ids.timeOrdered() + what));
        assertProblem(400, "bad-id", get("/api/images/4711" + what));
        assertProblem(404, "not-found", delete(Ids.timeOrdered(), ""));
        assertEquals(List.of(), broker.attempted());
    }

    @Test
    void aPageThatIsNoneIsABadParameter() throws Exception {
        assertProblem(400, "bad-parameter", get("/api/images?state=lost"));
        assertProblem(400, "bad-parameter", get("/api/images?limit=1000"));
        assertProblem(400, "bad-parameter", get("/api/images?cursor=!"));
    }

    @Test
    void aDatabaseThatIsAwayIsUnavailable() throws Exception {
        archive.away(1);
        assertProblem(503, "unavailable", get("/api/images"));
        assertJson(200, get("/api/images"));
    }

    @Test
    void theSystemTellsWhatRunsHere() throws Exception {
        JsonNode system = assertJson(200, get("/api/system"));

        assertEquals(steps("api-system", "look", "answer"), story());
        assertEquals("1.2.3", system.get("version").asText());
        assertEquals(config.groups().size(), system.get("groups").size());
        assertEquals(engine().name(), system.at("/engines/image/name").asText());
        assertEquals(moderator.modelIds().getFirst(), system.at("/models/0").asText());
    }

    /** Neither a header nor a query parameter takes the place of what the path says. */
    @Test
    void theImageIsTheOneOfThePath() throws Exception {
        Studio studio = archive.published();
        UUID other = archive.published().id;

        JsonNode image = assertJson(200, get("/api/images/" + studio.id + "?id=" + other, "id", other.toString()));

        assertEquals(studio.id.toString(), image.get("id").asText());
    }
}

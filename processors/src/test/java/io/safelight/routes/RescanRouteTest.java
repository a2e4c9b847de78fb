package io.safelight.routes;

import static java.net.http.HttpRequest.BodyPublishers.noBody;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.State;
import io.safelight.pdq.PdqHash;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import java.io.StringReader;
import java.util.List;
import java.util.Random;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RescanRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);
    private final Random random = new Random();

    RescanRouteTest() {
        super("metadata/rescan");
        replaceRouteFromWith("redecide", "direct:redecide");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
    }

    @AfterEach
    void nothingLeft() {
        archive.away(0);
        broker.calm();
        TestDatabase.execute(archive.database, "delete from redecision");
    }

    private Exchange run() {
        return template.send("direct:redecide", exchange -> {});
    }

    private PdqHash hash() {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    @Test
    void whatIsAskedForIsCountedDownAndDone() throws Exception {
        Studio studio = archive.published();

        JsonNode asked = assertJson(200, send("POST", "/api/rescan?by=ops", noBody()));

        assertEquals(steps("api-rescan", "ask", "answer"), story());
        assertProblem(400, "bad-parameter", send("POST", "/api/rescan?by=" + "o".repeat(501), noBody()));
        int waiting = asked.get("waiting").asInt();
        assertTrue(waiting > 0);
        assertEquals(waiting, assertJson(200, get("/api/rescan")).get("waiting").asInt());
        assertTrue(story().containsAll(steps("api-rescan-progress", "count", "answer")), story().toString());

        assertNull(run().getException());

        assertTrue(story().containsAll(steps("redecide", "take", "each", "begin", "how", "decide-and-publish", "decided", "done")), story().toString());
        assertEquals(0, assertJson(200, get("/api/rescan")).get("waiting").asInt());
        assertEquals(State.PUBLISHED, archive.catalog.find(studio.id).orElseThrow().state());
        assertEquals(List.of(), broker.attempted(), "it was announced when it was published");
    }

    @Test
    void aHashThatWasAddedTakesAnImageDownAndWhatComesBackIsAnnounced() throws Exception {
        PdqHash picture = hash();
        Studio studio = archive.seen(archive.studio().looksLike(100, picture), Archive.HARMLESS);
        archive.catalog.banks().add("block", new StringReader(picture.toString()), null, null);

        run();
        assertEquals(State.BLOCKED, archive.catalog.find(studio.id).orElseThrow().state());

        archive.catalog.banks().remove("block", picture.toString(), null, null);
        run();
        assertEquals(State.PUBLISHED, archive.catalog.find(studio.id).orElseThrow().state());
        assertTrue(story().containsAll(steps("redecide", "compose-published", "announce-published")), story().toString());
        assertEquals(studio.id.toString(), assertEvent("image.published", published()).get("id").asText());
    }

    @Test
    void whatIsPublishedAndCannotBeAnnouncedIsAnnouncedAtTheNextAttempt() throws Exception {
        PdqHash picture = hash();
        archive.catalog.banks().add("block", new StringReader(picture.toString()), null, null);
        Studio studio = archive.seen(archive.studio().looksLike(100, picture), Archive.HARMLESS);
        archive.catalog.banks().remove("block", picture.toString(), null, null);
        broker.answer(publication -> TestBroker.Answer.REFUSE);
        run();
        assertEquals(State.PUBLISHED, archive.catalog.find(studio.id).orElseThrow().state());
        broker.calm();

        TestDatabase.execute(archive.database, "update redecision set taken = now() - interval '1 hour'");
        assertNull(run().getException());

        assertEquals(studio.id.toString(), assertEvent("image.published", published()).get("id").asText());
        assertEquals(0, assertJson(200, get("/api/rescan")).get("waiting").asInt());
    }

    @Test
    void withTheModelsEachImageGoesToModerationFirst() throws Exception {
        Studio studio = archive.published();
        assertJson(200, send("POST", "/api/rescan?scan=true", noBody()));

        assertNull(run().getException());

        assertTrue(story().containsAll(steps("redecide", "compose-scan", "have-it-scanned", "done")), story().toString());
        JsonNode event = broker.published().stream().filter(p -> p.key().equals("moderation")).map(p -> tree(p.message()))
                .filter(e -> e.get("id").asText().equals(studio.id.toString())).findFirst().orElseThrow();
        assertEquals("rendered", event.at("/fact/kind").asText());
        assertEquals(studio.rendered().sha256(), event.get("sha256").asText());
        assertEquals(studio.trace, event.get("trace").asText());
    }

    @Test
    void whatFailsIsDoneAtALaterTime() throws Exception {
        archive.published();
        assertJson(200, send("POST", "/api/rescan?scan=true", noBody()));
        broker.answer(publication -> TestBroker.Answer.REFUSE);

        assertNull(run().getException());

        assertTrue(assertJson(200, get("/api/rescan")).get("waiting").asInt() > 0);
        assertProblem(400, "bad-parameter", send("POST", "/api/rescan?scan=perhaps", noBody()));
    }
}

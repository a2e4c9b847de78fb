package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Event;
import io.safelight.model.Ids;
import io.safelight.testing.Studio;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LifecycleApiRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);

    LifecycleApiRouteTest() {
        super("metadata/api-lifecycle");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
    }

    private HttpResponse<byte[]> stuck(String query) throws Exception {
        return send("POST", "/api/stuck" + query, BodyPublishers.noBody());
    }

    @Test
    void whatStandsStillIsNamedWithTheEventThatSetsItGoing() throws Exception {
        Studio accepted = archive.studio();
        Event event = accepted.accepted();
        archive.heard(event);
        Studio published = archive.published();

        assertEquals(0, assertJson(200, stuck("?olderThan=PT1H")).size(), "not for so long");
        JsonNode events = assertJson(200, stuck("?olderThan=PT0S"));

        assertEquals(steps("api-stuck", "find", "answer"), story().subList(0, 2));
        List<String> ids = events.findValuesAsText("id");
        assertTrue(ids.contains(accepted.id.toString()), ids.toString());
        assertTrue(!ids.contains(published.id.toString()), ids.toString());
        JsonNode again = events.get(ids.indexOf(accepted.id.toString()));
        assertEquals("accepted", again.at("/fact/kind").asText());
        assertEquals(event.sha256(), again.get("sha256").asText());
        assertEquals(accepted.trace, again.get("trace").asText());
    }

    @Test
    void statesAreToldOfThoseThatAreKnown() throws Exception {
        UUID published = archive.published().id;
        UUID unknown = Ids.timeOrdered();

        JsonNode states = assertJson(200, get("/api/references?ids=" + published + "," + unknown));

        assertEquals(steps("api-references", "find", "answer"), story());
        assertEquals("{\"" + published + "\":\"published\"}", states.toString());
        assertEquals("{}", assertJson(200, get("/api/references")).toString());
    }

    @Test
    void aQuestionThatCannotBeReadIsAProblem() throws Exception {
        assertProblem(400, "bad-parameter", stuck(""));
        assertProblem(400, "bad-parameter", stuck("?olderThan=soon"));
        assertProblem(400, "bad-id", get("/api/references?ids=4711"));
        String many = Stream.generate(() -> Ids.timeOrdered().toString()).limit(60).collect(Collectors.joining(","));
        assertEquals("{}", assertJson(200, get("/api/references?ids=" + many)).toString());
    }

    @Test
    void aDatabaseThatIsAwayIsUnavailable() throws Exception {
        archive.away(1);
        assertProblem(503, "unavailable", stuck("?olderThan=PT1H"));
    }
}

package io.safelight.routes;

import static java.net.http.HttpRequest.BodyPublishers.noBody;
import static java.net.http.HttpRequest.BodyPublishers.ofByteArray;
import static java.net.http.HttpRequest.BodyPublishers.ofString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.camel.KnownPictures;
import io.safelight.model.State;
import io.safelight.pdq.PdqHash;
import io.safelight.testing.Studio;
import java.net.http.HttpResponse;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.Test;

class BanksRouteTest extends HttpRouteTest {
    private final Archive archive = new Archive(hidden, open);
    private final Random random = new Random();

    BanksRouteTest() {
        super("metadata/banks");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("banks", new KnownPictures(archive.catalog));
        registry.bind("uploads", uploads());
    }

    private PdqHash hash() {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    private HttpResponse<byte[]> send(String bank, String list) throws Exception {
        return send("POST", "/api/banks/" + bank + "?by=mo&reason=a%20case", ofString(list), "Content-Type", "text/plain");
    }

    @Test
    void aListIsTakenInAndGoesOutAgain() throws Exception {
        List<String> lines = List.of(hash() + " a beach", hash() + " a beach at night");

        JsonNode added = assertJson(200, send("allow", "# known\n" + String.join("\n", lines)));

        assertEquals(steps("api-bank-import", "begin", "which", "why", "who", "receive", "add", "answer"), story());
        assertEquals("{\"bank\":\"allow\",\"added\":2,\"known\":0,\"unusable\":0}", added.toString());
        assertEquals(2, assertJson(200, send("POST", "/api/banks/allow", multipart("file", Map.of("list.txt", String.join("\n", lines).getBytes())),
                "Content-Type", "multipart/form-data; boundary=" + BOUNDARY)).get("known").asInt());

        HttpResponse<byte[]> out = get("/api/banks/allow");
        assertEquals(200, out.statusCode());
        assertEquals("text/plain; charset=utf-8", header(out, "Content-Type"));
        assertTrue(text(out.body()).lines().toList().containsAll(lines), () -> text(out.body()));
        assertTrue(story().containsAll(steps("api-bank-export", "begin", "watch", "write")), story().toString());
    }

    @Test
    void theBanksAreThoseOfThePolicyEachWithItsNumberOfHashes() throws Exception {
        send("block", hash().toString());

        JsonNode banks = assertJson(200, get("/api/banks")).get("banks");

        assertTrue(story().containsAll(steps("api-banks", "list", "answer")), story().toString());
        assertEquals(List.of("allow", "block", "withdrawn"), banks.findValuesAsText("name"));
        assertTrue(banks.get(1).get("pictures").asInt() > 0, banks.toString());
    }

    @Test
    void anImageThatIsHereIsBankedAndBlockedAndItsHashTakenOutAgain() throws Exception {
        PdqHash picture = hash();
        Studio studio = archive.seen(archive.studio().looksLike(100, picture), Archive.HARMLESS);

        JsonNode added = assertJson(200, send("POST", "/api/banks/block/images/" + studio.id + "?by=mo", noBody()));

        assertEquals(steps("api-bank-image", "add", "answer"), story());
        assertEquals(2, added.get("added").asInt());
        assertEquals(State.BLOCKED, archive.catalog.publish(studio.id));

        String sha256 = archive.catalog.find(studio.id).orElseThrow().sha256();
        assertJson(200, send("DELETE", "/api/banks/block/" + picture + "?by=mo&reason=mistaken", noBody()));
        assertJson(200, send("DELETE", "/api/banks/block/" + sha256, noBody()));
        assertTrue(story().containsAll(steps("api-bank-remove", "remove", "answer")), story().toString());
        assertEquals(State.PUBLISHED, archive.catalog.publish(studio.id));
        assertProblem(404, "not-found", send("DELETE", "/api/banks/block/" + sha256, noBody()));
    }

    @Test
    void aListThatCannotBeReadIsAProblemThatNamesTheLine() throws Exception {
        String detail = assertProblem(400, "malformed-request", send("block", hash() + "\nnot a hash")).get("detail").asText();
        assertTrue(detail.startsWith("Line 2:"), detail);
        assertProblem(400, "malformed-request", send("POST", "/api/banks/block", ofByteArray(HexFormat.of().parseHex("fffe00ff")), "Content-Type", "text/plain"));
        detail = assertProblem(400, "bad-parameter", send("blok", hash().toString())).get("detail").asText();
        assertTrue(detail.contains("allow, block, withdrawn"), detail);
        assertProblem(400, "bad-parameter", get("/api/banks/blok"));
        assertProblem(400, "bad-parameter", send("DELETE", "/api/banks/block/abc", noBody()));
        assertProblem(400, "bad-id", send("POST", "/api/banks/block/images/4711", noBody()));
    }
}

package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.camel.Console;
import io.safelight.camel.DeadLetterBox;
import io.safelight.camel.Review;
import io.safelight.camel.SystemInfo;
import io.safelight.catalog.DeadLetter;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.catalog.PageRequest;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Ids;
import io.safelight.model.Seen;
import io.safelight.moderate.Moderator;
import io.safelight.testing.Models;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.camel.spi.Registry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleRouteTest extends HttpRouteTest {
    private static final String HOSTILE = "<script>alert('x')</script>\"&";

    private final Archive archive = new Archive(hidden, open);
    private final Moderator moderator = new Moderator(engine(), Models.running(1, Duration.ofMillis(1), 1, 1));

    ConsoleRouteTest() {
        super("metadata/console");
    }

    @Override
    void bind(Registry registry) {
        registry.bind("catalog", archive.bean);
        registry.bind("review", new Review(archive.catalog, instance(engine())));
        registry.bind("deadLetters", new DeadLetterBox(archive.catalog, DeadLetterMeter.NOBODY, config));
        registry.bind("console", new Console(archive.catalog, new SystemInfo(config, context, instance(engine()), instance(moderator), "1.2.3"), broker.connections()));
    }

    @AfterAll
    void letGoOfTheModel() {
        moderator.close();
    }

    @AfterEach
    void backAgain() {
        archive.away(0);
    }

    private String page(int status, String path) throws Exception {
        HttpResponse<byte[]> answer = get(path);
        String html = new String(answer.body(), StandardCharsets.UTF_8);
        assertEquals(status, answer.statusCode(), html);
        assertEquals("text/html; charset=utf-8", header(answer, "Content-Type"));
        assertEquals("no-store", header(answer, "Cache-Control"));
        assertTrue(header(answer, "Content-Security-Policy").contains("script-src 'self';"));
        assertTrue(html.startsWith("<!doctype html>") && html.stripTrailing().endsWith("</html>"), html);
        assertFalse(Pattern.compile("<form class=\"(?!find)[^\"]*\"(?! method=\"dialog\")").matcher(html).find(), "without scripts nothing is sent, and no name and reason put into the address");
        assertFalse(html.contains("NOT_FOUND") || html.contains("{it.") || html.contains("{#"), html);
        return html;
    }

    private static void assertShows(String html, Object... texts) {
        for (Object text : texts) {
            assertTrue(html.contains(text.toString()), () -> text + " is not in\n" + html);
        }
    }

    private DeadLetter buried(String message) {
        return buried(message, HOSTILE);
    }

    private DeadLetter buried(String message, String body) {
        String id = archive.catalog.bury(new DeadLetter(UUID.randomUUID().toString(), "processing", Ids.timeOrdered(), "java.lang.IllegalStateException", message,
                Integer.toHexString(message.hashCode()), body.getBytes(StandardCharsets.UTF_8), Map.of(), 3, TRACE, Instant.now(), Instant.now(), null));
        return archive.catalog.deadLetters().find(id).orElseThrow();
    }

    @Test
    void theFirstPageTakesUploadsAndShowsImagesByState() throws Exception {
        Studio published = archive.published();
        Studio held = archive.seen(archive.studio(), Archive.DOUBTFUL);

        String all = page(200, "/");

        assertEquals(steps("console-home", "ask", "list", "show"), story());
        assertShows(all, "id=\"upload\"", "/console/images/" + published.id, "src=\"/i/" + published.id + "/thumb", "/console/images/" + held.id, "data-blurhash=");
        assertFalse(all.contains("/i/" + held.id), "what is held is not shown");
        String review = page(200, "/?state=review");
        assertShows(review, "/console/images/" + held.id);
        assertFalse(review.contains("/console/images/" + published.id));
        assertShows(page(200, "/?state=withdrawn"), "No image is withdrawn.");
    }

    @Test
    void theListGoesOnWhereThePageBeforeEnded() throws Exception {
        Studio first = archive.published();
        archive.published();

        String newest = page(200, "/?state=published&limit=1");
        String next = newest.replaceAll("(?s).*href=\"(/\\?state=published&amp;cursor=[^\"]+)\".*", "$1").replace("&amp;", "&");

        assertShows(page(200, next), "/console/images/" + first.id);
    }

    @Test
    void anImageIsFoundByItsNameWhichIsTextOrByItsId() throws Exception {
        Studio first = archive.published();
        Studio second = archive.published();
        Studio other = archive.published();
        TestDatabase.execute(archive.database, "update image set name = ? where id in (?, ?)", HOSTILE, first.id, second.id);

        String html = page(200, "/?limit=1&find=" + URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8));

        assertShows(html, "role=\"search\"", "/console/images/" + second.id, "<span class=\"name\">&lt;script&gt;");
        assertFalse(html.contains("<script>alert") || html.contains("data-live"), html);
        assertFalse(html.contains(other.id.toString()));
        String next = html.replaceAll("(?s).*href=\"(/\\?find=[^\"]+cursor=[^\"]+)\".*", "$1").replace("&amp;", "&");
        assertShows(page(200, next), "/console/images/" + first.id);
        assertShows(page(200, "/?state=published&find=" + first.id), "/console/images/" + first.id, "name=\"state\" value=\"published\"");
        assertShows(page(200, "/?find=no+such+name"), "has this in its name");
    }

    @Test
    void aFailedImagesPageLeadsToItsDeadLetter() throws Exception {
        DeadLetter letter = buried("broken");

        DeadLetter other = buried("broken");
        String group = "/console/dead-letters/" + letter.fate().group();
        String its = group + "?image=" + letter.imageId();

        assertShows(page(200, "/console/images/" + letter.imageId()), "href=\"" + group + "\"", "href=\"" + its + "\"");

        assertShows(page(200, group), letter.id(), other.id());
        String page = page(200, its);
        assertShows(page, letter.id(), "href=\"" + group + "\"", "href=\"/console/images/" + letter.imageId() + "\"");
        assertFalse(page.contains(other.id()));
        assertFalse(page(200, "/console/images/" + archive.published().id).contains("href=\"/console/dead-letters/"));
    }

    @Test
    void theTimeOfAnImageThatWaitsGoesOn() throws Exception {
        Studio held = archive.seen(archive.studio(), Archive.DOUBTFUL);

        assertShows(page(200, "/console/images/" + held.id), "so far</h2>", "still waits for review", " days</td>");
        assertFalse(page(200, "/console/images/" + archive.published().id).contains("still waits for"));
    }

    @Test
    void anImagesPageShowsItsVariantsEvidenceDecisionsAndTime() throws Exception {
        Studio studio = archive.published();

        String html = page(200, "/console/images/" + studio.id);

        assertEquals(steps("console-image", "ask", "find", "show"), story());
        assertShows(html, studio.id, "src=\"/i/" + studio.id + "/thumb", "<meter min=\"0\" max=\"1\" value=\"0.02\" aria-label=\"porn\">", "2.0 %",
                "Verdict: clear", "data-version=\"" + archive.catalog.version(studio.id).orElseThrow() + "\"", "class=\"timeline\"", studio.trace, "decided: clear", "Withdraw for good");
    }

    @Test
    void anImagesPageShowsWhatEachOfSeveralModelsSaw() throws Exception {
        Studio studio = archive.studio();
        List.of(studio.accepted(), studio.rendered(), studio.scanned(List.of(new Seen("toy@1", Archive.HARMLESS, false), new Seen("weapons@2", Map.of("gun", 0.97), false))))
                .forEach(archive::heard);

        assertShows(page(200, "/console/images/" + studio.id), "toy@1", "aria-label=\"porn\"", "weapons@2", "value=\"0.97\" aria-label=\"gun\"");
    }

    @Test
    void theReviewPageShowsWhatWaitsBlurredAndWhy() throws Exception {
        Studio held = archive.seen(archive.studio(), Archive.DOUBTFUL);

        String html = page(200, "/console/review?order=risk&limit=200");

        assertEquals(steps("console-review", "ask", "list", "show"), story());
        assertShows(html, "data-version=\"" + archive.catalog.version(held.id).orElseThrow() + "\"", "src=\"/api/review/" + held.id + "/preview\"", "data-image=\"" + held.id + "\"", "Rule perhaps-explicit", "50.0 %");
        assertFalse(html.contains("blur=false"), "nobody sees it unasked");
    }

    @Test
    void behindTheEndOfTheQueueALinkLeadsToItsBeginning() throws Exception {
        archive.seen(archive.studio(), Archive.DOUBTFUL);
        Studio last = archive.seen(archive.studio(), Archive.DOUBTFUL);
        int waiting = archive.catalog.held(false, PageRequest.of(null, "200", null)).images().size();
        String behindTheOthers = archive.catalog.held(false, PageRequest.of(null, String.valueOf(waiting - 1), null)).next();
        archive.catalog.override(last.id, null, Verdict.BLOCK, "no beach", "mo");

        assertShows(page(200, "/console/review?cursor=" + URLEncoder.encode(behindTheOthers, StandardCharsets.UTF_8)), "Nobody waits beyond these; <a href=\"/console/review\">");
    }

    @Test
    void deadLettersAreShownInGroupsAndOneByOne() throws Exception {
        DeadLetter letter = buried(HOSTILE);

        String groups = page(200, "/console/dead-letters?limit=200");

        assertEquals(steps("console-letters", "ask", "list", "show"), story());
        assertShows(groups, "/console/dead-letters/" + letter.fate().group(), "IllegalStateException", "1 open", "Replay 1", "data-last=\"" + letter.last() + "\"");
        String group = page(200, "/console/dead-letters/" + letter.fate().group());
        assertEquals(steps("console-group", "ask", "list", "show"), story().subList(3, 6));
        assertShows(group, "&lt;script&gt;", letter.imageId(), "data-letter=\"" + letter.id() + "\"");
        for (String html : List.of(groups, group)) {
            assertFalse(html.contains("<script>"), "what a message says is text");
        }
    }

    @Test
    void aLongMessageIsNotShownAmongOthersButLedTo() throws Exception {
        DeadLetter letter = buried("of a message that is none", "x".repeat(40_000));

        String group = page(200, "/console/dead-letters/" + letter.fate().group());

        assertShows(group, "href=\"/api/dead-letters/" + letter.id() + "\"", "40.0 kB");
        assertFalse(group.contains("xxxx"));
    }

    @Test
    void theSystemPageShowsQueuesAndWorkers() throws Exception {
        String html = page(200, "/console/system");

        assertEquals(steps("console-system", "ask", "look", "show"), story());
        assertShows(html, "<code>processing</code>", "<code>processing.slow</code>", "<code>moderation</code>", "<code>metadata</code>", "1.2.3");
    }

    @ParameterizedTest
    @CsvSource({"console.css,text/css; charset=utf-8", "console.js,text/javascript; charset=utf-8", "blurhash.js,text/javascript; charset=utf-8", "safelight.svg,image/svg+xml"})
    void whatPagesAreDressedByMayBeKept(String name, String contentType) throws Exception {
        String digest = page(200, "/").replaceAll("(?s).*/console/assets/console[.]js[?]v=([0-9a-f-]+)\".*", "$1");

        HttpResponse<byte[]> answer = get("/console/assets/" + name + "?v=" + digest);

        assertEquals(200, answer.statusCode());
        assertTrue(story().containsAll(steps("console-asset", "find", "answer")), story().toString());
        assertEquals(contentType, header(answer, "Content-Type"));
        assertEquals("public, max-age=3600", header(answer, "Cache-Control"));
        assertTrue(answer.body().length > 100);
        assertEquals("no-store", header(get("/console/assets/" + name + "?v=1"), "Cache-Control"), "another build's");
        assertProblem(404, "not-found", get("/console/assets/layout.html"));
        assertProblem(404, "not-found", get("/console/assets/..%2flayout.html"));
    }

    @ParameterizedTest
    @CsvSource({"/?state=gone,400,There is no such state", "/?cursor=x&find=beach,400,cursor", "/console/images/x,400,id", "/console/images/01a2017b-26dc-7000-8000-000000000000,404,No image has this id",
            "/console/review?order=taste,400,order is one of", "/console/dead-letters/x,400,12 hexadecimal digits", "/console/dead-letters/0123456789ab?image=x,400,id"})
    void whatIsWrongIsToldOnAPage(String path, int status, String sentence) throws Exception {
        assertShows(page(status, path), sentence);
    }

    @Test
    void aDatabaseThatIsAwayIsToldOnAPage() throws Exception {
        archive.away(100);

        assertShows(page(503, "/"), "<h1>");
        assertEquals("5", header(get("/"), "Retry-After"));
    }
}

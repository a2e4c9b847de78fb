package io.safelight.camel.dlq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API answers is of the routes' tests; here it is what the test says. */
class DlqTest {
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<String> requests = new ArrayList<>();
    private int status = 200;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add((exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + new String(exchange.getRequestBody().readAllBytes())).strip());
            byte[] answer = answers.remove().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private record Said(int status, String out, String err) {}

    private Said dlq(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = Stream.concat(Stream.of(words), Stream.of("--url", "http://127.0.0.1:" + server.getAddress().getPort())).toList();
        int code = Dlq.run(all, new PrintStream(out, true), new PrintStream(err, true));
        return new Said(code, out.toString(), err.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lost", "list x", "list --reason y", "list --colour", "show", "show a b", "show a --all", "replay", "replay a --all", "replay --group g --all",
            "replay a --reason y", "discard a", "discard --all --reason y", "discard --reason y", "discard a --reason", "list --group"})
    void whatIsNotUnderstoodAsksForNothingAndShowsTheUsage(String words) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(2, Dlq.run(Arrays.asList(words.split(" ")), System.out, new PrintStream(err, true)));
        assertTrue(err.toString().startsWith("safelight dlq: ") && err.toString().contains("usage: ./safelight dlq"), err::toString);
        assertEquals(List.of(), requests);
    }

    @Test
    void groupsAreATableWithWhatAMessageHoldsMadeHarmless() {
        answers.add("""
                {"groups":[{"group":"aaaaaaaaaaaa","queue":"processing","cause":"a.b.Fault","count":20,"open":20,"first":"2026-01-01T00:00:00Z","message":"bad\\u001b[2J"}],"next":"n x"}""");
        answers.add("""
                {"groups":[{"group":"bbbbbbbbbbbb","queue":"moderation","cause":"Odd","count":5,"open":5,"first":"2026-01-01T00:00:00Z","message":"%s"}],"next":null}"""
                .formatted("x".repeat(500)));

        Said said = dlq("list");

        assertEquals(0, said.status(), said::err);
        List<String> lines = said.out().lines().toList();
        assertEquals(3, lines.size());
        assertTrue(lines.get(1).matches("aaaaaaaaaaaa  20    processing  Fault  \\d+ d +bad \\[2J"), lines.get(1));
        assertTrue(lines.get(2).endsWith("x…") && lines.get(2).length() < 180, lines.get(2));
        assertEquals(List.of("GET /api/dead-letter-groups?limit=200&state=open", "GET /api/dead-letter-groups?limit=200&state=open&cursor=n%20x"), requests);
    }

    @Test
    void whateverIsToldHoldsNothingThatATerminalObeys() {
        String bad = "x\\u001b[2J\\u009b2J\\u0007";
        answers.add("""
                {"deadLetters":[{"id":"%1$s","state":"%1$s","deaths":2,"imageId":"%1$s","first":"2026-01-01T00:00:00Z","message":"%1$s"}],"next":null}""".formatted(bad));
        answers.add("""
                {"groups":[{"group":"%1$s","queue":"%1$s","cause":"%1$s","count":20,"open":20,"first":"2026-01-01T00:00:00Z","message":"%1$s"}],"next":null}""".formatted(bad));
        answers.add("""
                {"id":"%1$s","headers":{"%1$s":"%1$s"},"discarded":{"at":"%1$s","by":"%1$s","reason":"%1$s"},"body":"{\\"a\\":\\"%1$s\\"}"}""".formatted(bad));

        String told = dlq("list", "--group", "g").out() + dlq("list").out() + dlq("show", "m").out();
        status = 404;
        answers.add("{\"detail\":\"" + bad + "\"}");
        told += dlq("show", "m").err();

        assertTrue(told.contains("x [2J 2J "), told);
        assertTrue(told.chars().noneMatch(c -> c != '\n' && Character.isISOControl(c)), told);
    }

    @Test
    void theLettersOfAGroupAreATableToo() {
        answers.add("""
                {"deadLetters":[{"id":"m","state":"replayed","deaths":2,"imageId":null,"first":"2026-01-01T00:00:00Z","message":null}],"next":null}""");

        Said said = dlq("list", "--all", "--group", "aaaaaaaaaaaa");

        assertTrue(said.out().matches("ID  STATE     DEATHS  IMAGE  AGE +MESSAGE\nm   replayed  2       -      \\d+ d +(null)?\n"), said.out());
        assertEquals(List.of("GET /api/dead-letters?limit=200&group=aaaaaaaaaaaa"), requests);
    }

    @Test
    void aGroupIsReplayedBatchByBatchAndTheProgressTold() {
        answers.add("{\"replayed\":100,\"remaining\":7,\"begun\":\"2026-01-01T00:00:00Z\"}");
        answers.add("{\"replayed\":7,\"remaining\":0,\"begun\":\"2026-01-01T00:00:00Z\"}");

        Said said = dlq("replay", "--group", "aaaaaaaaaaaa");

        assertEquals("  100 replayed, 7 left\n107 replayed.\n", said.out());
        assertEquals(List.of("POST /api/dead-letters/replay {\"group\":\"aaaaaaaaaaaa\"}",
                "POST /api/dead-letters/replay {\"group\":\"aaaaaaaaaaaa\",\"begun\":\"2026-01-01T00:00:00Z\"}"), requests);
    }

    @Test
    void idsAreReplayedOneByOneAndDiscardedTogether() {
        answers.addAll(List.of("{}", "{}", "{\"discarded\":2,\"remaining\":0}"));

        assertEquals("a/b replayed\nc replayed\n", dlq("replay", "a/b", "c").out());
        assertEquals("2 discarded.\n", dlq("discard", "a/b", "c", "--reason", "a \"test\"", "--by", "mo").out());

        assertEquals(List.of("POST /api/dead-letters/a%2Fb/replay", "POST /api/dead-letters/c/replay",
                "POST /api/dead-letters/discard {\"reason\":\"a \\\"test\\\"\",\"by\":\"mo\",\"ids\":[\"a/b\",\"c\"]}"), requests);
    }

    @Test
    void whatTheApiRefusesIsToldInItsWords() {
        status = 404;
        answers.add("{\"status\":404,\"code\":\"not-found\",\"detail\":\"There is no dead letter x.\"}");
        assertEquals(new Said(1, "", "safelight dlq: There is no dead letter x.\n"), dlq("show", "x"));

        status = 200;
        answers.add("<html>");
        Said said = dlq("list");
        assertEquals(1, said.status());
        assertTrue(said.err().contains("is no metadata group of Safelight"), said::err);
        assertFalse(said.err().contains("Exception"), said::err);
    }
}

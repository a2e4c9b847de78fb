package io.safelight.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.error.Code;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;

/** What every refusal looks like (RFC 9457): of the vocabulary, with a sentence, and with nothing of our insides in it. */
final class ProblemDocument {
    /** A frame of a stack trace, a class name with its package, or the name of a throwable. */
    private static final Pattern INSIDES = Pattern.compile("\\sat \\S+\\(|\\b[a-z]\\w*(\\.[a-z]\\w*)+\\.[A-Z]\\w+|\\w(Exception|Error)\\b|NullPointer");

    private ProblemDocument() {}

    /** @return its code, for tests that allow for several */
    static Code check(HttpResponse<byte[]> response) {
        return check(response.statusCode(), contentType(response), SafelightClient.text(response));
    }

    static Code check(int status, String contentType, String body) {
        String all = status + " " + contentType + " " + body;
        assertEquals("application/problem+json", contentType, all);
        Code code = check(SafelightClient.json(body));
        assertEquals(status, code.status(), all);
        return code;
    }

    static void check(Code expected, HttpResponse<byte[]> response) {
        assertEquals(expected, check(response), () -> SafelightClient.text(response));
    }

    /** The document itself, also where it is a part of another. */
    static Code check(JsonNode problem) {
        String all = problem.toString();
        Code code = Code.ofSlug(problem.path("code").asText());
        assertEquals(code.status(), problem.path("status").asInt(), all);
        assertEquals(code.title(), problem.path("title").asText(), all);
        assertEquals("urn:safelight:problem:" + code.slug(), problem.path("type").asText(), all);
        assertTrue(problem.path("detail").asText().strip().length() > 10, all);
        tellsNothingOfOurInsides(all);
        return code;
    }

    /** For answers that come from below us and need not be problem documents. */
    static void tellsNothingOfOurInsides(String text) {
        assertFalse(INSIDES.matcher(text).find(), text);
    }

    static String contentType(HttpResponse<?> response) {
        return response.headers().firstValue("Content-Type").orElse("").split(";")[0];
    }
}

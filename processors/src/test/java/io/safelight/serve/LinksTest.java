package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinksTest {
    private static final String OLD = "old:a-secret-of-some-length";
    private static final String NEW = "new:another:secret-with-colon";
    private static final Instant NOW = Instant.parse("2025-06-01T12:00:00Z");
    private static final String PATH = "/i/x/thumb";
    private final Links links = new Links(List.of(NEW, OLD), Duration.ofHours(1));

    @Test
    void aLinkWorksUntilItExpires() {
        Map<String, String> q = query(links.sign(PATH, NOW.plusSeconds(60)));
        assertEquals("new", q.get("kid"));
        assertEquals(NOW.plusSeconds(60), verify(links, PATH, q, NOW.plusSeconds(59)));
        assertRefused(PATH, q, NOW.plusSeconds(60));
    }

    @Test
    void theSignatureIsTheOneOfTheRfc() {
        // computed with: printf '/i/x/thumb\n1748779260\nold' | openssl dgst -sha256 -hmac a-secret-of-some-length -binary | base64url
        assertEquals("exp=1748779260&kid=old&sig=Fclt8SZdTIMj5P9FL0LekYG-cy5Ov_v50LcdFddb6fc", new Links(List.of(OLD), Duration.ZERO).sign(PATH, NOW.plusSeconds(60)));
    }

    @Test
    void aRotatedKeyStillVerifiesAndARemovedOneDoesNot() {
        Map<String, String> q = query(new Links(List.of(OLD), Duration.ZERO).sign(PATH, NOW.plusSeconds(60)));
        verify(links, PATH, q, NOW);
        Links rotated = new Links(List.of(NEW), Duration.ZERO);
        assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class, () -> verify(rotated, PATH, q, NOW)).code());
    }

    @Test
    void anythingChangedIsRefused() {
        Map<String, String> q = query(links.sign(PATH, NOW.plusSeconds(60)));
        assertRefused("/i/x/large", q, NOW);
        for (String name : List.of("exp", "kid", "sig")) {
            for (String value : Arrays.asList(null, "", "0", "old", "-1", "99999999999999999999", "1748779999", q.get(name) + "0")) {
                Map<String, String> changed = new java.util.HashMap<>(q);
                changed.put(name, value);
                assertRefused(PATH, changed, NOW);
            }
        }
    }

    @Test
    void withoutKeysEveryLinkWorks() {
        Links open = new Links(List.of(), Duration.ofHours(1));
        assertEquals("", open.sign(PATH, NOW));
        assertEquals(Instant.MAX, open.verify(PATH, null, null, null, NOW));
        UUID id = Ids.timeOrdered();
        assertEquals("/i/" + id + "/thumb?format=webp", open.url(id, "thumb", Format.WEBP));
    }

    @Test
    void aLinkThatTheApiHandsOutVerifies() {
        UUID id = Ids.timeOrdered();
        String url = links.url(id, "thumb", Format.AVIF);
        assertTrue(url.startsWith("/i/" + id + "/thumb?format=avif&exp="), url);
        Map<String, String> q = query(url.substring(url.indexOf('?') + 1));
        assertDoesNotThrow(() -> verify(links, Links.path(id, "thumb"), q, Instant.now()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosecret", ":no-id-but-a-secret-here", "id:short", "a b:a-secret-of-some-length", ""})
    void aKeyThatIsNoneStopsTheStart(String key) {
        assertThrows(Fault.class, () -> new Links(List.of(key), Duration.ZERO));
        assertThrows(Fault.class, () -> new Links(List.of(OLD, OLD), Duration.ZERO));
    }

    private void assertRefused(String path, Map<String, String> q, Instant now) {
        assertEquals(Code.BAD_SIGNATURE, assertThrows(Rejected.class, () -> verify(links, path, q, now), q::toString).code());
    }

    private static Instant verify(Links links, String path, Map<String, String> q, Instant now) {
        return links.verify(path, q.get("exp"), q.get("kid"), q.get("sig"), now);
    }

    private static Map<String, String> query(String text) {
        return Arrays.stream(text.split("&")).map(p -> p.split("=", 2)).collect(Collectors.toMap(p -> p[0], p -> p[1]));
    }
}

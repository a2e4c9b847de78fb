package io.safelight.hawtio;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoginTest {
    private long now;
    private final Login login = new Login("admin", "secret", () -> now);

    private Code refusal(String user, String password) {
        return assertThrows(Rejected.class, () -> login.check("203.0.113.1", user, password)).code();
    }

    @Test
    void letsTheUserInWithThePassword() {
        assertDoesNotThrow(() -> login.check("203.0.113.1", "admin", "secret"));
    }

    @Test
    void letsNobodyElseIn() {
        assertEquals(Code.NOT_LOGGED_IN, refusal("admin", "Secret"));
        assertEquals(Code.NOT_LOGGED_IN, refusal("root", "secret"));
        assertEquals(Code.NOT_LOGGED_IN, refusal(null, null));
        assertEquals(Code.NOT_LOGGED_IN, refusal("admin", ""));
    }

    @Test
    void takesNothingFromThereAfterTenFailuresUntilTheirMinuteIsOver() {
        for (int i = 0; i < 10; i++) {
            assertEquals(Code.NOT_LOGGED_IN, refusal("admin", "guess " + i));
        }
        assertEquals(Code.TOO_MANY_ATTEMPTS, refusal("admin", "secret"));
        assertDoesNotThrow(() -> login.check("203.0.113.2", "admin", "secret"), "whoever asks from elsewhere has nothing to do with it");

        now += Duration.ofSeconds(61).toNanos();

        assertDoesNotThrow(() -> login.check("203.0.113.1", "admin", "secret"));
    }
}

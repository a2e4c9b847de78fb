package io.safelight.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.testing.HalfAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    private final HttpClient http = HttpClient.newHttpClient();
    private final HalfAnswer server = new HalfAnswer();

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    private void ask(URI address, Duration most) throws IOException, InterruptedException {
        Answers.ask(http, HttpRequest.newBuilder(address).build(), most);
    }

    @Test
    void whoFallsSilentInTheMidstOfTheBodyIsWaitedForNoLongerAndHungUpOn() throws Exception {
        assertThrows(HttpTimeoutException.class, () -> ask(server.address(), SHORT));
        assertTrue(server.awaitHangUp());
    }

    @Test
    void whoIsInterruptedWaitsNoLongerEither() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> ask(server.address(), Duration.ofDays(1)));
    }

    @Test
    void anAddressWhereNobodyListensSaysSo() {
        server.close();
        assertThrows(ConnectException.class, () -> ask(server.address(), Duration.ofMinutes(1)));
    }
}

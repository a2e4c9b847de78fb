package io.safelight.model;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What others answer over HTTP. */
public final class Answers {
    private Answers() {}

    /**
     * The whole answer. A request's own timeout ends with the headers, so that who falls silent in the midst of the body would be waited for for ever.
     *
     * @param most for connection, headers and body together
     * @throws HttpTimeoutException where it was not all there by then
     * @throws IOException          where it broke off, or nobody is there
     */
    public static HttpResponse<byte[]> ask(HttpClient http, HttpRequest request, Duration most) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> answer = http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try {
            return answer.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer within %d s".formatted(most.toSeconds()));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException broken ? broken : new IOException(e.getCause());
        } finally {
            answer.cancel(true);
        }
    }
}

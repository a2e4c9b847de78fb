package io.safelight.camel;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.intake.HttpReceiver;
import io.safelight.model.Json;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.Closeable;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.support.UnitOfWorkHelper;
import org.apache.camel.util.IOHelper;
import org.jboss.logging.Logger;

/** Answers over HTTP. Nothing of a request is echoed: an answer carries the headers set here and no others. */
@Named("http")
@Singleton
public class Http {
    /** What a 503 tells its client to wait. */
    public static final int RETRY_AFTER_SECONDS = 5;

    private static final Logger LOG = Logger.getLogger(Http.class);

    public void json(Exchange exchange) throws JsonProcessingException {
        answer(exchange, 200, "application/json", exchange.getMessage().getBody());
    }

    public void problem(Exchange exchange) throws JsonProcessingException {
        hangUpOnWhoSends(exchange);
        answer(exchange, problemOf(exchange));
    }

    /** What to tell of the failure; what is not the caller's fault is told to the log, and what is ours each time, as it is looked for by its trace. */
    static Problem problemOf(Exchange exchange) {
        Throwable cause = Failures.cause(exchange);
        Problem problem = Problem.of(cause);
        if (!problem.code().equals(Code.INTERNAL.slug())) {
            Refusals.tell(problem);
        } else if (Failures.isElsewhere(cause)) {
            problem = Problem.of(Code.UNAVAILABLE, "The broker, the object store or another part of Safelight did not answer; try again.");
            Refusals.tell(problem, cause.getMessage());
        } else {
            LOG.error("A request failed", cause);
        }
        return problem;
    }

    /** What is refused before its body is read: nobody reads it any more, and who sends all before it listens would wait for ever. */
    private static void hangUpOnWhoSends(Exchange exchange) {
        Context context = Vertx.currentContext();
        if (context != null && exchange.getMessage().getBody() instanceof HttpServerRequest request
                && (request.headers().contains(HttpHeaders.CONTENT_LENGTH) || request.headers().contains(HttpHeaders.TRANSFER_ENCODING))) {
            context.runOnContext(v -> HttpReceiver.hangUp(request, context.owner()));
        }
    }

    /**
     * Comes before a stream is answered. Camel waits until a reader takes more, and is not told that the reader has gone: the exchange
     * would never end, nor its stream be closed.
     */
    public void endWithReader(Exchange exchange) {
        HttpServerResponse response = exchange.getMessage(HttpMessage.class).getResponse();
        response.closeHandler(gone -> {
            // where it is not full, Camel reads on to the end of the stream and ends by itself
            if (response.headWritten() && !response.ended() && response.writeQueueFull()) {
                IOHelper.close(exchange.getMessage().getBody(Closeable.class));
                UnitOfWorkHelper.doneUow(exchange.getUnitOfWork(), exchange);
            }
        });
    }

    static void answer(Exchange exchange, Problem problem) throws JsonProcessingException {
        answer(exchange, problem.status(), Problem.CONTENT_TYPE, problem);
        tellWhenToTryAgain(exchange, problem);
    }

    static void tellWhenToTryAgain(Exchange exchange, Problem problem) {
        if (problem.status() == 503) {
            exchange.getMessage().setHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
    }

    static void answer(Exchange exchange, int status, String contentType, Object body) throws JsonProcessingException {
        answer(exchange, contentType, Json.MAPPER.writeValueAsBytes(body == null ? Map.of() : body));
        Message message = exchange.getMessage();
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        if (Trace.of(exchange) != null) {
            message.setHeader("Trace-Id", Trace.of(exchange));
        }
    }

    /** What nobody may keep. @param body bytes, or a stream of them */
    static void answer(Exchange exchange, String contentType, Object body) {
        Message message = exchange.getMessage();
        message.removeHeaders("*");
        message.setHeader(Exchange.CONTENT_TYPE, contentType);
        message.setHeader("Cache-Control", "no-store");
        message.setHeader("X-Content-Type-Options", "nosniff");
        message.setBody(body);
    }
}

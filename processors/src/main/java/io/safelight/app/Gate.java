package io.safelight.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.safelight.camel.Admission;
import io.safelight.camel.BrokerAlarm;
import io.safelight.camel.Http;
import io.safelight.camel.Refusals;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.intake.HttpReceiver;
import io.safelight.model.Json;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Answers 503 where nothing is taken, and 403 what pages of others send, before the body of a request is read and before it waits for a thread. */
@Singleton
public class Gate {
    private static final int FIRST = 2_000;
    private static final Set<String> UPLOADS = Set.of("/upload", "/upload/");
    /** What tells of the process itself, from the first moment to the last. */
    private static final String OF_THE_PROCESS = "/q/";
    /** Where a browser that knows the way would change something. */
    private static final List<String> GUARDED = List.of("/api/", "/hawtio/");
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    /** Values of {@code Sec-Fetch-Site}: a page of ours, and a person. */
    private static final Set<String> OURS = Set.of("same-origin", "none");

    private final Admission admission;
    private final UploadWatch uploads;

    public Gate(SafelightConfig config, Admission admission, BrokerAlarm alarm, MeterRegistry meters) {
        this.admission = admission;
        this.uploads = new UploadWatch(meters);
        if (config.groups().contains("ingress")) {
            Gauge.builder("uploads.in.hand", admission, Admission::inHand).description("Uploads over HTTP that are being taken in").register(meters);
            Gauge.builder("uploads.most", admission, Admission::most).description("Uploads over HTTP that are taken in at a time at the most").register(meters);
        }
        if (TopologyCheck.needsBroker(config)) {
            Gauge.builder("broker.alarm", alarm, on -> on.isOn() ? 1 : 0).description("1 while the broker takes no messages").register(meters);
        }
    }

    void register(@Observes Filters filters) {
        filters.register(routing -> {
            if (UPLOADS.contains(routing.normalizedPath()) && routing.request().method() == HttpMethod.POST) {
                uploads.watch(routing);
            }
            routing.addHeadersEndHandler(begun -> {
                // what was let in before the process stops ends after it: the next request would find the connection closed
                if (admission.refusal().isPresent()) {
                    closeAfter(routing);
                }
            });
            refusal(routing.normalizedPath()).or(() -> refusalOfForeigners(routing)).ifPresentOrElse(why -> refuse(routing, why.problem()), routing::next);
        }, FIRST);
    }

    private Optional<SafelightException> refusal(String path) {
        if (UPLOADS.contains(path)) {
            return admission.refusalOfUploads().map(SafelightException.class::cast);
        }
        return path.startsWith(OF_THE_PROCESS) ? Optional.empty() : admission.refusal().map(SafelightException.class::cast);
    }

    /** A page of another site may have a browser send what it cannot read the answer of: the browser says so, and programs say nothing. */
    private static Optional<SafelightException> refusalOfForeigners(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        if (GUARDED.stream().noneMatch(routing.normalizedPath()::startsWith) || READING.contains(request.method())) {
            return Optional.empty();
        }
        String site = request.getHeader("Sec-Fetch-Site");
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean ours = site != null ? OURS.contains(site) : origin == null || request.authority() != null && origin.endsWith("://" + request.authority());
        return ours ? Optional.empty() : Optional.of(new Rejected(Code.FOREIGN_PAGE,
                "A page of another site asked for this. Do it in Safelight's own console, or by a program, which sends no Origin."));
    }

    private static void refuse(RoutingContext routing, Problem problem) {
        Refusals.tell(problem);
        if (problem.status() == 503) {
            routing.response().putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(Http.RETRY_AFTER_SECONDS));
        }
        closeAfter(routing);
        HttpReceiver.hangUp(routing.request(), routing.vertx());
        tell(routing, problem);
    }

    /** Has the client come back by another connection. */
    private static void closeAfter(RoutingContext routing) {
        if (routing.request().version() != HttpVersion.HTTP_2) {
            routing.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Answers with a problem document, of which nobody keeps a copy. */
    static void tell(RoutingContext routing, Problem problem) {
        try {
            routing.response().setStatusCode(problem.status()).putHeader(HttpHeaders.CONTENT_TYPE, Problem.CONTENT_TYPE)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store").end(Buffer.buffer(Json.MAPPER.writeValueAsBytes(problem)));
        } catch (JsonProcessingException e) {
            routing.fail(e);
        }
    }
}

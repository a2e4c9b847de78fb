package io.safelight.camel;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.SpanKind;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Seen;
import io.safelight.moderate.Moderator;
import io.safelight.moderate.Scan;
import io.safelight.trace.Spans;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.jboss.logging.Logger;

/** The model's eye, for messages and for requests. */
@Named("moderation")
@Singleton
public class Moderation {
    private static final Logger LOG = Logger.getLogger(Moderation.class);
    private static final Duration[] BUCKETS = Stream.of(50, 100, 250, 500, 1_000, 2_500, 10_000).map(Duration::ofMillis).toArray(Duration[]::new);

    private final Moderator moderator;
    private final MeterRegistry meters;
    private final Spans spans;

    public Moderation(Moderator moderator, MeterRegistry meters, Spans spans) {
        this.moderator = moderator;
        this.meters = meters;
        this.spans = spans;
    }

    /** Waits for the batches that the file comes into. Body afterwards: a {@link Scan} where there is no event, else what was {@link Seen}. */
    public Object scan(Exchange exchange, Path file) {
        UUID image = exchange.getProperty(Properties.IMAGE, UUID.class);
        return image == null ? timed("request", () -> moderator.scan(file)) : timed("queue", () -> master(file, image));
    }

    /** What was made here and cannot be read here is not the fault of whoever sent it. */
    private List<Seen> master(Path file, UUID image) {
        try {
            return moderator.scan(file, image);
        } catch (Rejected e) {
            // with its cause beside it, the routes would take it for that
            throw e.code() == Code.UNSUPPORTED_TYPE ? new Fault("A master cannot be looked at where the group moderation runs: " + e.getMessage()) : e;
        }
    }

    /** @param source whether it was uploaded or somebody waits for an answer: only the first says that uploads get on */
    private Object timed(String source, Supplier<?> scan) {
        Timer.Sample took = Timer.start(meters);
        String result = "failed";
        try {
            Object seen = scan.get();
            result = "scanned";
            return seen;
        } catch (SafelightException e) {
            result = switch (e) {
                case Rejected bad -> "rejected";
                case Unavailable later -> "unavailable";
                case Overtaken later -> "unavailable";
                case Fault fault -> "failed";
            };
            throw e;
        } finally {
            long nanos = took.stop(Timer.builder("moderation.scan.duration").description("An image decoded and seen by the models, waiting for its batches included")
                    .tag("result", result).tag("source", source).serviceLevelObjectives(BUCKETS).register(meters));
            spans.happened("scan", SpanKind.INTERNAL, Duration.ofNanos(nanos), result.equals("scanned"), "scan.result", result);
        }
    }

    public Event scanned(Exchange exchange) {
        List<Seen> seen = ((List<?>) exchange.getMessage().getBody(List.class)).stream().map(Seen.class::cast).toList();
        Event rendered = Events.current(exchange);
        LOG.infof("Scanned by %d models", seen.size());
        return Events.next(exchange, "scan", new Fact.Scanned(seen))
                .withObject(rendered.keys().getFirst(), rendered.sha256());
    }
}

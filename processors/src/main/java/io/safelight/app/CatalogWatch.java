package io.safelight.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.safelight.catalog.CatalogListener;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.store.Tier;
import io.safelight.trace.Spans;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** Counts what policy held back, by rule, times how long uploads take until they can be served, and makes spans of what the database is asked. */
final class CatalogWatch implements CatalogListener {
    /** 30 s is what is promised: docs/how-to/observability.md. */
    private static final Duration[] BUCKETS = Stream.of(1, 2, 5, 10, 30, 60, 300, 1_800).map(Duration::ofSeconds).toArray(Duration[]::new);

    private final MeterRegistry meters;
    private final Spans spans;
    private final StoreWatch store;
    private final Timer published;

    CatalogWatch(MeterRegistry meters, Spans spans) {
        this.meters = meters;
        this.spans = spans;
        this.store = new StoreWatch(meters, spans);
        this.published = Timer.builder("time.to.publish").description("From an upload's first byte until it can be served, of images that their first decision cleared")
                .serviceLevelObjectives(BUCKETS).register(meters);
    }

    /** A category is the name of a rule; {@code other} where a person decided, or what the models saw was not enough to clear it. */
    @Override
    public void decided(Decision decision) {
        if (decision.verdict() != Verdict.CLEAR) {
            meters.counter("moderation.flags", "category", Objects.requireNonNullElse(decision.rule(), "other")).increment();
        }
    }

    /** The store copies them itself, so that no request has their bytes. */
    @Override
    public void published(long bytes) {
        store.wrote(Tier.PUBLIC, bytes);
    }

    @Override
    public void firstPublished(Duration sinceUpload) {
        published.record(sinceUpload);
    }

    /** The statement's values are bound, so its words say nothing of anybody. */
    @Override
    public void asked(String statement, Duration took, boolean answered) {
        if (!Span.current().isRecording()) {
            return;
        }
        String verb = statement.stripLeading().replaceFirst("(?s)\\W.*", "").toLowerCase(Locale.ROOT);
        spans.happened("sql " + verb, SpanKind.CLIENT, took, answered, "db.system", "postgresql", "db.query.text", statement);
    }
}

package io.safelight.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.safelight.model.Manifest;
import io.safelight.serve.ServeListener;
import io.safelight.trace.LogFields;
import io.safelight.trace.Spans;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** How often the local cache had what was asked for, and how long after its publication this process first served an image. */
final class ServeWatch implements ServeListener {
    private static final Logger LOG = Logger.getLogger(ServeWatch.class);
    /** Of the ratio: the last so many. */
    private static final int LOOKUPS = 1_000;
    /** Images, whose publication is remembered with them. */
    private static final int REMEMBERED = 10_000;
    private static final Duration[] BUCKETS = Stream.of(1, 10, 60, 600, 3_600).map(Duration::ofSeconds).toArray(Duration[]::new);

    private final Counter hits;
    private final Counter misses;
    private final Timer first;
    private final Spans spans;
    private final BitSet hit = new BitSet(LOOKUPS);
    private final Map<UUID, Instant> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Instant> eldest) {
            return size() > REMEMBERED && forget(eldest.getValue());
        }
    };
    private long lookups;
    /** Of an image that was published before it is not known whether it was served. */
    private Instant since;

    /** @param since what was published before that may have been served by an earlier process */
    ServeWatch(MeterRegistry meters, Spans spans, Instant since) {
        this.spans = spans;
        this.since = since;
        hits = Counter.builder("serving.cache.lookups").description("Files that were asked for").tag("result", "hit").register(meters);
        misses = Counter.builder("serving.cache.lookups").description("Files that were asked for").tag("result", "miss").register(meters);
        first = Timer.builder("time.to.first.serve").description("From an image's publication until this process first served it")
                .serviceLevelObjectives(BUCKETS).register(meters);
        Gauge.builder("serving.cache.hit.ratio", this, ServeWatch::ratio).strongReference(true)
                .description("Of the last 1,000 files that were asked for, those that lay in the local cache; NaN where there were none").register(meters);
    }

    @Override
    public void served(Manifest manifest, boolean cached) {
        (cached ? hits : misses).increment();
        if (isFirst(manifest.id(), manifest.publishedAt(), cached)) {
            Duration waited = Duration.between(manifest.publishedAt(), Instant.now());
            first.record(waited);
            tell(manifest, waited);
        }
    }

    /** In the trace of the image: the request is of whoever asked for it. */
    private void tell(Manifest manifest, Duration waited) {
        if (manifest.trace() != null) {
            String image = manifest.id().toString();
            LogFields.of(manifest.trace(), image, () -> LOG.infof("First served, %d ms after it was published", waited.toMillis()));
            spans.moment("first serve", manifest.trace(), "image.id", image);
        }
    }

    private synchronized boolean isFirst(UUID image, Instant published, boolean cached) {
        hit.set((int) (lookups++ % LOOKUPS), cached);
        return published.isAfter(since) && known.put(image, published) == null;
    }

    private boolean forget(Instant published) {
        since = published.isAfter(since) ? published : since;
        return true;
    }

    private synchronized double ratio() {
        return lookups == 0 ? Double.NaN : (double) hit.cardinality() / Math.min(lookups, LOOKUPS);
    }
}

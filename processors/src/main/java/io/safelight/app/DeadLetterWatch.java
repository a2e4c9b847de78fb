package io.safelight.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.safelight.catalog.DeadLetterMeter;
import io.safelight.catalog.DeadLetters.Tally;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Prometheus is told of dead letters. A scrape asks the database nothing: it is told what was counted last. */
final class DeadLetterWatch implements DeadLetterMeter {
    /** Pairs of queue and cause with a series of their own; the rest of a queue is its {@code other}. */
    private static final int SERIES = 30;

    private final MultiGauge open;
    private final Counter buried;
    private final Counter replayed;
    private final Counter discarded;
    private volatile Instant oldest;

    DeadLetterWatch(MeterRegistry meters) {
        open = MultiGauge.builder("dead.letters.open").description("Dead letters that nobody has replayed or discarded").register(meters);
        Gauge.builder("dead.letters.oldest.age", this, watch -> watch.oldest == null ? 0 : Duration.between(watch.oldest, Instant.now()).toMillis() / 1000.0)
                .description("Since the first failure of the oldest open dead letter; 0 where there is none").baseUnit("seconds").strongReference(true).register(meters);
        buried = Counter.builder("dead.letters.buried").description("Messages that could not be processed").register(meters);
        replayed = Counter.builder("dead.letters.replayed").description("Dead letters published again").register(meters);
        discarded = Counter.builder("dead.letters.discarded").description("Dead letters given up").register(meters);
    }

    @Override
    public void buried() {
        buried.increment();
    }

    @Override
    public void replayed() {
        replayed.increment();
    }

    @Override
    public void discarded() {
        discarded.increment();
    }

    @Override
    public void open(List<Tally> tally) {
        oldest = tally.stream().map(Tally::oldest).min(Comparator.naturalOrder()).orElse(null);
        Map<String, Long> rest = tally.stream().skip(SERIES).collect(Collectors.groupingBy(Tally::queue, TreeMap::new, Collectors.summingLong(Tally::open)));
        open.register(Stream.concat(tally.stream().limit(SERIES).map(t -> row(t.queue(), t.cause(), t.open())),
                rest.entrySet().stream().map(other -> row(other.getKey(), "other", other.getValue()))).toList(), true);
    }

    private static Row<?> row(String queue, String cause, long letters) {
        return Row.of(Tags.of("queue", queue, "cause", cause), letters);
    }
}

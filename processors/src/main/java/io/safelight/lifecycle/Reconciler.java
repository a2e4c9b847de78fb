package io.safelight.lifecycle;

import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.safelight.model.Discrepancy;
import io.safelight.model.Discrepancy.Kind;
import io.safelight.model.Manifest;
import io.safelight.model.Reconciliation;
import io.safelight.model.Reconciliation.Example;
import io.safelight.model.Reconciliation.Found;
import io.safelight.model.Remedy;
import io.safelight.model.Standing;
import io.safelight.store.Content;
import io.safelight.store.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;
import org.jboss.logging.Logger;

/** Finds where object store and database disagree, and has metadata mend it where that was asked for. Writes nothing itself. */
public final class Reconciler {
    private static final Logger LOG = Logger.getLogger(Reconciler.class);
    /** As many ids as go into a request line. */
    private static final int BATCH = 100;
    private static final int AT_ONCE = 8;
    private static final int EXAMPLES = 5;
    private static final Duration TELL_EVERY = Duration.ofSeconds(5);

    private final ObjectStore hidden;
    private final ObjectStore open;
    private final MetadataApi metadata;
    private final Duration stuckAfter;
    private final ReconcileListener listener;

    public Reconciler(ObjectStore privateBucket, ObjectStore publicBucket, MetadataApi metadata, Duration stuckAfter, ReconcileListener listener) {
        this.hidden = privateBucket;
        this.open = publicBucket;
        this.metadata = metadata;
        this.stuckAfter = stuckAfter;
        this.listener = listener;
    }

    /** What was asked for, or is due by now; another process does not get the same one. */
    public Optional<Round> next(Duration every, boolean mend, Duration age) {
        return metadata.next(every, mend, age).map(Round::new);
    }

    /** The work on one reconciliation, a batch of images at a time. What it has come to is kept after each, and may be gone on from by another. */
    public final class Round {
        private final Reconciliation begun;
        private Reconciliation kept;
        private final Walk walk;
        private final Map<Kind, Found> found = new EnumMap<>(Kind.class);
        private long looked;
        private UUID reached;
        private Instant told = Instant.now();
        private boolean ended;

        private Round(Reconciliation begun) {
            this.begun = begun;
            this.kept = begun;
            this.looked = begun.looked();
            this.reached = begun.reached();
            begun.findings().forEach(f -> found.put(f.kind(), f));
            this.walk = new Walk(hidden, open, metadata, reached);
            LOG.infof("Reconciling %s, leaving alone what is younger than %s", begun.mend() ? "and mending" : "to report", begun.age());
        }

        public boolean isMore() {
            return !ended;
        }

        public boolean isMending() {
            return begun.mend();
        }

        /** What is wrong with the next images: only what still is at a second look. */
        public List<Discrepancy> look() {
            List<Subject> batch = new ArrayList<>(BATCH);
            while (batch.size() < BATCH && walk.hasNext()) {
                batch.add(walk.next());
            }
            Map<UUID, List<Discrepancy>> first = compare(batch.stream().gather(Gatherers.mapConcurrent(AT_ONCE, this::withManifest)).toList());
            List<Subject> objects = first.keySet().stream().gather(Gatherers.mapConcurrent(AT_ONCE, id -> withManifest(Walk.objects(hidden, open, id)))).toList();
            // the rows after the objects: what was written meanwhile is young by its row
            Map<UUID, Standing> rows = objects.isEmpty() ? Map.of() : metadata.standings(first.keySet());
            List<Discrepancy> still = compare(objects.stream().map(image -> image.with(rows.get(image.id()))).toList()).values().stream()
                    .flatMap(List::stream).filter(d -> first.get(d.id()).stream().anyMatch(before -> before.kind() == d.kind())).toList();
            looked += batch.size();
            reached = batch.isEmpty() ? reached : batch.getLast().id();
            still.forEach(this::count);
            return still;
        }

        private Map<UUID, List<Discrepancy>> compare(List<Subject> images) {
            Instant now = Instant.now();
            return images.stream().flatMap(image -> Comparison.of(image, now, begun.age(), stuckAfter).stream())
                    .collect(Collectors.groupingBy(Discrepancy::id, LinkedHashMap::new, Collectors.toList()));
        }

        private Subject withManifest(Subject image) {
            return image.hasManifest() ? image.with(manifest(image.id()).orElse(null)) : image;
        }

        /**
         * Has them mended, the gravest of an image first; one that cannot be is told and left. Metadata hears after each that this process is
         * still at it, as the mending of a whole batch may take longer than a silent one is believed alive.
         */
        public void mend(List<Discrepancy> discrepancies) {
            record Work(UUID id, Remedy remedy) {}
            Map<Work, List<Discrepancy>> works = discrepancies.stream().filter(d -> d.remedy() != null)
                    .collect(Collectors.groupingBy(d -> new Work(d.id(), d.remedy()), LinkedHashMap::new, Collectors.toList()));
            works.values().forEach(same -> {
                try {
                    metadata.mend(same.getFirst());
                    same.forEach(d -> {
                        found.computeIfPresent(d.kind(), (kind, f) -> new Found(kind, f.found(), f.mended() + 1, f.first()));
                        listener.mended(d.kind());
                        LOG.infof("Mended %s of %s (%s): %s", d.kind().slug(), d.id(), d.remedy().slug(), d.what());
                    });
                } catch (SafelightException e) {
                    LOG.warnf("Could not mend %s of %s: %s", same.getFirst().kind().slug(), same.getFirst().id(), e.getMessage());
                }
                metadata.report(kept);
            });
        }

        private void count(Discrepancy d) {
            Found before = found.getOrDefault(d.kind(), new Found(d.kind(), 0, 0, List.of()));
            List<Example> first = new ArrayList<>(before.first());
            if (first.size() < EXAMPLES) {
                first.add(new Example(d.id(), d.what()));
            }
            found.put(d.kind(), new Found(d.kind(), before.found() + 1, before.mended(), first));
        }

        /** Keeps what it has come to; where that was the last image, the reconciliation has ended. */
        public void report() {
            ended = !walk.hasNext();
            kept = new Reconciliation(begun.id(), begun.asked(), begun.by(), begun.mend(), begun.age(), begun.worker(), reached, looked,
                    List.copyOf(found.values()), ended ? Instant.now() : null);
            metadata.report(kept);
            if (ended || told.plus(TELL_EVERY).isBefore(Instant.now())) {
                told = Instant.now();
                LOG.infof("Reconciling%s: %,d images looked at, %s", ended ? " ended" : "", looked, found.isEmpty() ? "nothing found"
                        : found.values().stream().map(f -> f.kind().slug() + " " + f.found() + (f.mended() == 0 ? "" : ", mended " + f.mended()))
                        .collect(Collectors.joining("; ")));
            }
        }
    }

    private Optional<Manifest> manifest(UUID id) {
        return open.stream(Manifest.key(id)).map(content -> read(id, content));
    }

    private static Manifest read(UUID id, Content content) {
        try (content) {
            return Manifest.read(id, content.readAllBytes());
        } catch (IOException e) {
            throw new Unavailable("The manifest of " + id + " could not be read from the object store.", e);
        }
    }
}

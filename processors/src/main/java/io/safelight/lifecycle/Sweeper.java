package io.safelight.lifecycle;

import io.safelight.model.Ids;
import io.safelight.model.State;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Deletes from the private bucket what nothing will ask for again. Only objects older than the given age are looked at. */
public final class Sweeper {
    private static final Logger LOG = Logger.getLogger(Sweeper.class);
    private static final int BATCH = 100;
    /** States that will never read their staged renditions again. A person may still clear what is blocked. */
    private static final Set<State> DONE_WITH_STAGING = EnumSet.of(State.PUBLISHED, State.REJECTED, State.WITHDRAWN);
    /** States in which no original and no master may be left. */
    private static final Set<State> NOTHING_LEFT = EnumSet.of(State.WITHDRAWN);

    private final ObjectStore store;
    private final MetadataApi metadata;

    public Sweeper(ObjectStore privateBucket, MetadataApi metadata) {
        this.store = privateBucket;
        this.metadata = metadata;
    }

    /** Presigned uploads that were never claimed. @return how many objects were deleted */
    public int sweepIncoming(Duration age) {
        List<String> expired = older("incoming/", Instant.now().minus(age)).map(Stored::key).toList();
        store.delete(expired);
        return tell(expired, "expired");
    }

    /**
     * Staged renditions of images that are done with them, and whatever a worker wrote after a withdrawal. An id that
     * metadata does not know is left alone: its events may still be on their way.
     *
     * @return how many objects were deleted
     */
    public int sweepStaging(Duration age) {
        return sweep("staging/", age, DONE_WITH_STAGING) + sweep("master/", age, NOTHING_LEFT) + sweep("raw/", age, NOTHING_LEFT);
    }

    private int sweep(String prefix, Duration age, Set<State> finished) {
        int deleted = 0;
        Instant before = Instant.now().minus(age);
        List<Stored> batch = new ArrayList<>(BATCH);
        for (var objects = older(prefix, before).iterator(); objects.hasNext(); ) {
            batch.add(objects.next());
            if (batch.size() == BATCH || !objects.hasNext()) {
                deleted += delete(prefix, before, batch, finished);
                batch.clear();
            }
        }
        return deleted;
    }

    private int delete(String prefix, Instant before, List<Stored> batch, Set<State> finished) {
        Set<UUID> ids = batch.stream().flatMap(o -> id(o.key()).stream()).collect(Collectors.toCollection(LinkedHashSet::new));
        Map<UUID, State> states = metadata.states(ids);
        List<String> unreferenced = new ArrayList<>();
        for (UUID id : ids) {
            if (finished.contains(states.get(id))) {
                // looked at again right before: what a decision has put back since is young, and may be the last there is
                List<String> old = older(prefix + id, before).map(Stored::key).toList();
                store.delete(old);
                unreferenced.addAll(old);
            }
        }
        return tell(unreferenced, "unreferenced");
    }

    private Stream<Stored> older(String prefix, Instant before) {
        return store.list(prefix).filter(o -> o.modified().isBefore(before));
    }

    /** The id is the second part of every key; an object somebody else put there has none, and is left alone. */
    private static Optional<UUID> id(String key) {
        try {
            return Optional.of(Ids.parse(key.split("/")[1]));
        } catch (io.safelight.error.Rejected e) {
            return Optional.empty();
        }
    }

    private static int tell(List<String> keys, String why) {
        if (!keys.isEmpty()) {
            LOG.infof("Deleted %d %s objects, %s first", keys.size(), why, keys.getFirst());
        }
        return keys.size();
    }
}

package io.safelight.catalog;

import io.safelight.error.Fault;
import io.safelight.error.Overtaken;
import io.safelight.error.Unavailable;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.store.Content;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What lies in the public bucket, and how it gets there and goes. Called under the lock of the image's row. Should a
 * database failure take that lock from a publisher in the midst of its copies, the condition on the manifest's write still
 * keeps it from overwriting the tombstone of a withdrawal that came in between.
 */
final class Shelf {
    private static final String JSON = "application/json";

    private final ObjectStore hidden;
    private final ObjectStore open;

    Shelf(ObjectStore hidden, ObjectStore open) {
        this.hidden = hidden;
        this.open = open;
    }

    /**
     * Makes an image public, the manifest last. Repeating it repairs what a crash left half done.
     *
     * @param trace  of the image, for whoever serves it first
     * @param fence  of the decision; where a later one has been here this one does nothing, nor where one that the database does not know took it down
     * @param first  whether nothing is expected to be there yet: then it is not looked for, and what the manifest's write meets is looked at
     * @param locked throws unless the image's row is still locked for this decision; asked between the copies and the manifest, so that
     *               a later decision that found no copies yet is known to have come too early to have been waited for
     * @return since when it is public; empty where another master is there than the one that was scanned; then nothing was copied
     */
    Optional<Instant> show(UUID id, String trace, Instant at, List<Variant> variants, Fence fence, boolean first, Runnable locked) {
        Optional<OnShelf> present = first ? Optional.empty() : manifest(id);
        present.ifPresent(p -> requireShowable(id, p.manifest(), fence));
        Manifest wanted = Manifest.of(id, at, variants).fenced(fence.own()).traced(trace);
        if (present.isPresent() && !present.get().manifest().takenDown() && present.get().manifest().variants().equals(wanted.variants())
                && keys(open, id + "/").collect(Collectors.toSet()).containsAll(variants.stream().map(Variant::publicKey).toList())) {
            return Optional.of(present.get().manifest().publishedAt());
        }
        // the master first, as it alone may be another by now
        for (Variant v : variants.stream().sorted(Comparator.comparing(v -> !v.name().equals(Variant.SOURCE))).toList()) {
            switch (copy(v)) {
                case DONE -> { }
                case ANOTHER -> {
                    return Optional.empty();
                }
                case GONE -> {
                    if (open.head(v.publicKey()).isEmpty()) {
                        throw new Fault("%s is neither in %s nor published. Replay the image's accepted event to make it again."
                                .formatted(v.key(), hidden.bucket()));
                    }
                }
            }
        }
        locked.run();
        if (!replace(present, wanted)) {
            if (manifest(id).filter(now -> now.manifest().withdrawn() || now.manifest().takenDown()).isPresent()) {
                open.delete(variants.stream().map(Variant::publicKey).toList());
            }
            if (first) {
                return show(id, trace, at, variants, fence, false, locked);
            }
            throw changed(id);
        }
        return Optional.of(at);
    }

    private enum Copied { DONE, GONE, ANOTHER }

    private Copied copy(Variant v) {
        if (!v.name().equals(Variant.SOURCE)) {
            return hidden.copyTo(open, v.key(), v.publicKey()) ? Copied.DONE : Copied.GONE;
        }
        // a master is written over when it is made anew, and only the one that was scanned may be copied
        Optional<Stored> master = hidden.head(v.key());
        if (master.isEmpty()) {
            return Copied.GONE;
        }
        return digest(master.get()).equals(v.sha256()) && hidden.copyTo(open, v.key(), v.publicKey(), master.get().etag()) ? Copied.DONE : Copied.ANOTHER;
    }

    private static String digest(Stored object) {
        return object.metadata().getOrDefault("sha256", "");
    }

    /**
     * Takes an image out of the public bucket, the manifest first: where there was one, or copies that a publisher is about to
     * write one for, a tombstone takes its place. The copies go back to where they were staged, as another decision may show them again;
     * beside the tombstone of a withdrawal, which stays, they are deleted.
     */
    void hide(UUID id, Instant at, Fence fence) {
        Optional<OnShelf> present = manifest(id);
        List<String> copies = copies(id);
        if (present.filter(p -> p.manifest().withdrawn()).isPresent()) {
            open.delete(copies);
            return;
        }
        if (present.filter(p -> fence.isPassedBy(p.manifest())).isPresent()) {
            throw changed(id);
        }
        boolean gone = copies.isEmpty() && present.map(p -> p.manifest().takenDown()).orElse(true);
        if (!gone && !replace(present, Manifest.takenDown(id, at).fenced(fence.own()))) {
            throw changed(id);
        }
        // also over what is staged still: what is old is swept, and these are to be the last there are
        copies.stream().filter(key -> !key.startsWith(id + "/" + Variant.SOURCE + "-")).forEach(key -> open.copyTo(hidden, key, Keys.STAGING + key));
        open.delete(copies);
    }

    /** Leaves a tombstone where the manifest was, and nothing else of the image anywhere. */
    void erase(UUID id, Instant withdrawn) {
        open.put(Manifest.key(id), bytes(Manifest.tombstone(id, withdrawn)), JSON);
        open.delete(copies(id));
        hidden.delete(Stream.concat(keys(hidden, Keys.staging(id)),
                Stream.of(Keys.master(id), Keys.raw(id), Keys.incoming(id))).toList());
    }

    /** Whether a variant is neither public nor staged, so that it can only be made anew. */
    boolean lacks(List<Variant> variants) {
        return variants.stream().anyMatch(v -> open.head(v.publicKey()).isEmpty() && hidden.head(v.key()).isEmpty());
    }

    /** The sha256 of the master that is there; blank where the store does not tell it. */
    Optional<String> master(UUID id) {
        return hidden.head(Keys.master(id)).map(Shelf::digest);
    }

    String hiddenBucket() {
        return hidden.bucket();
    }

    boolean hasOriginal(UUID id) {
        return hidden.head(Keys.raw(id)).isPresent();
    }

    Optional<ObjectStore.Fetched> original(UUID id, Path target) {
        return hidden.get(Keys.raw(id), target);
    }

    /** Deletes what is public beside the variants; a manifest that names more keeps what it names. */
    void trim(UUID id, List<Variant> variants) {
        Set<String> named = Stream.concat(variants.stream().map(Variant::publicKey),
                manifest(id).stream().flatMap(m -> m.manifest().variants().stream()).map(Manifest.Entry::key)).collect(Collectors.toSet());
        open.delete(keys(open, id + "/").filter(key -> !key.equals(Manifest.key(id)) && !named.contains(key)).toList());
    }

    boolean isWithdrawn(UUID id) {
        return manifest(id).filter(m -> m.manifest().withdrawn()).isPresent();
    }

    /** Of an id that nobody knows: nothing stays public but a tombstone. Unless it was withdrawn what was public is kept: it may be the last there is of an image whose row was lost. */
    void discard(UUID id, Instant at, Fence fence) {
        if (!isWithdrawn(id) && master(id).isEmpty()) {
            keys(open, id + "/" + Variant.SOURCE + "-").findFirst().ifPresent(key -> open.copyTo(hidden, key, Keys.master(id)));
        }
        hide(id, at, fence);
    }

    /**
     * A manifest of a decision that the database has never taken, as after a backup was restored: what it shows stays as it is, and the
     * next decision may change it, also where it was taken down.
     *
     * @param newest fence that was ever given out
     */
    void disown(UUID id, long newest) {
        Optional<OnShelf> present = manifest(id);
        if (present.filter(p -> !p.manifest().withdrawn() && p.manifest().fence() > newest).isPresent()
                && !replace(present, present.get().manifest().fenced(0))) {
            throw changed(id);
        }
    }

    private record OnShelf(Manifest manifest, String etag) {}

    private static void requireShowable(UUID id, Manifest present, Fence fence) {
        if (present.withdrawn() || fence.isPassedBy(present)) {
            throw changed(id);
        }
        if (present.takenDown() && fence.isForeignTo(present)) {
            throw new Overtaken("""
                    Image %s was taken down by a decision that the database does not know; was a backup restored? Have it decided again by \
                    './safelight reconcile --mend'.""".formatted(id));
        }
    }

    private boolean replace(Optional<OnShelf> present, Manifest wanted) {
        return open.putIfUnchanged(Manifest.key(wanted.id()), bytes(wanted), JSON, present.map(OnShelf::etag).orElse(null));
    }

    private static Overtaken changed(UUID id) {
        return new Overtaken("Image " + id + " was changed by another meanwhile. It will be looked at again.");
    }

    private Optional<OnShelf> manifest(UUID id) {
        Optional<Content> found = open.stream(Manifest.key(id));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (Content content = found.get()) {
            return Optional.of(new OnShelf(Manifest.read(id, content.readAllBytes()), content.stored().etag()));
        } catch (IOException e) {
            throw new Unavailable("The manifest of " + id + " could not be read from the object store.", e);
        }
    }

    /** What lies in public beside the manifest. */
    private List<String> copies(UUID id) {
        return keys(open, id + "/").filter(key -> !key.equals(Manifest.key(id))).toList();
    }

    private static Stream<String> keys(ObjectStore store, String prefix) {
        return store.list(prefix).map(Stored::key);
    }

    private static byte[] bytes(Manifest manifest) {
        try {
            return Json.MAPPER.writeValueAsBytes(manifest);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

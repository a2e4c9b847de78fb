package io.safelight.lifecycle;

import io.safelight.error.Rejected;
import io.safelight.model.Ids;
import io.safelight.model.Standing;
import io.safelight.store.ObjectStore;
import io.safelight.store.Stored;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Rows and objects of every image side by side, in the order of their ids: rows and the listing of each kind of object come in that
 * order, a page at a time, so that nothing is kept but the image at hand, and the last id says where to go on.
 */
final class Walk implements Iterator<Subject> {
    private static final List<String> PRIVATE = List.of("master/", "raw/", "staging/");
    /** The one before the first character of an id that could follow: behind every object of an id, in the order of keys. */
    private static final String BEHIND = "0";
    /** As PostgreSQL orders them, and as the store orders their text. */
    private static final Comparator<UUID> ORDER = Comparator.comparing(UUID::toString);

    private final Ahead<Standing> rows;
    private final List<Ahead<Stored>> hidden;
    private final Ahead<Stored> open;

    /** @param after the id behind which it begins; null for all */
    Walk(ObjectStore privateBucket, ObjectStore publicBucket, MetadataApi metadata, UUID after) {
        this.rows = new Ahead<>(pages(metadata, after).map(row -> new Ahead.Of<>(row.id(), row)).iterator());
        this.hidden = PRIVATE.stream().map(prefix -> listing(privateBucket, prefix, after)).toList();
        this.open = listing(publicBucket, "", after);
    }

    private static Stream<Standing> pages(MetadataApi metadata, UUID after) {
        UnaryOperator<List<Standing>> next = page -> metadata.standings(page.getLast().id());
        return Stream.iterate(metadata.standings(after), page -> !page.isEmpty(), next).flatMap(Collection::stream);
    }

    private static Ahead<Stored> listing(ObjectStore store, String prefix, UUID after) {
        return new Ahead<>(store.list(prefix, after == null ? null : prefix + after + BEHIND)
                .flatMap(object -> id(object.key().substring(prefix.length())).map(id -> new Ahead.Of<>(id, object)).stream()).iterator());
    }

    /** An object somebody else put there has none, and is left alone. */
    private static Optional<UUID> id(String rest) {
        try {
            return Optional.of(Ids.parse(rest.split("/", 2)[0]));
        } catch (Rejected e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean hasNext() {
        return nextId().isPresent();
    }

    private Optional<UUID> nextId() {
        return Stream.concat(Stream.of(rows, open), hidden.stream()).flatMap(ahead -> ahead.id().stream()).min(ORDER);
    }

    @Override
    public Subject next() {
        UUID id = nextId().orElseThrow();
        Subject image = Subject.of(id);
        hidden.forEach(listing -> listing.take(id).forEach(object -> image.hidden().put(object.key(), object)));
        open.take(id).forEach(object -> image.open().put(object.key(), object));
        return rows.take(id).stream().findFirst().map(image::with).orElse(image);
    }

    /** The objects of these as they are now. */
    static Subject objects(ObjectStore privateBucket, ObjectStore publicBucket, UUID id) {
        Subject image = Subject.of(id);
        for (String prefix : PRIVATE) {
            privateBucket.list(prefix + id).filter(object -> id(object.key().substring(prefix.length())).isPresent())
                    .forEach(object -> image.hidden().put(object.key(), object));
        }
        publicBucket.list(id + "/").forEach(object -> image.open().put(object.key(), object));
        return image;
    }
}

package io.safelight.catalog;

import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.catalog.Db.Row;
import io.safelight.catalog.Db.Tx;
import io.safelight.error.Code;
import io.safelight.error.Problem;
import io.safelight.error.Rejected;
import io.safelight.model.Discrepancy;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.model.Reconciliation;
import io.safelight.model.Reconciliation.Found;
import io.safelight.model.Standing;
import io.safelight.model.State;
import io.safelight.store.ObjectStore.Fetched;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Metadata's half of the reconciler. Lifecycle asks what there should be, compares it with what there is, and reports; what is to be
 * mended is mended here, under the locks that publishing takes, and may be asked for again.
 */
public final class Reconciliations {
    /** After this a worker that reported nothing is believed dead, and another goes on where it had come to. */
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final int KEPT = 50;
    private static final TypeReference<List<Found>> FINDINGS = new TypeReference<>() {};
    private static final String STANDING = """
            select i.id, i.state, i.created, i.nudges, i.sha256, i.erased, v.variants, e.newest, (select last_value from decision_fence) as fence,
                greatest(i.updated, i.override_at, e.newest, r.since, r.taken) as changed
            from image i
            left join redecision r on r.image_id = i.id
            left join lateral (
                select json_agg(json_build_object('name', name, 'format', format, 'width', width, 'height', height,
                    'bytes', bytes, 'sha256', sha256, 'key', key) order by ordinal) as variants
                from variant where image_id = i.id) v on true
            left join lateral (
                select max(seen) as newest from evidence where image_id = i.id and master_sha256 = i.master_sha256) e on true
            """;

    private final Db db;
    private final Shelf shelf;
    private final Catalog catalog;
    private final boolean asksForAccounts;

    Reconciliations(Db db, Shelf shelf, Catalog catalog, boolean asksForAccounts) {
        this.db = db;
        this.shelf = shelf;
        this.catalog = catalog;
        this.asksForAccounts = asksForAccounts;
    }

    /** Whether an image of which the account is not known might be shown by mistake. */
    public boolean asksForAccounts() {
        return asksForAccounts;
    }

    /** Lifecycle takes it up at its next look. @param by who asks; may be null */
    public Reconciliation ask(boolean mend, Duration age, String by) {
        return db.write(tx -> insert(tx, mend, age, by));
    }

    private static Reconciliation insert(Tx tx, boolean mend, Duration age, String by) {
        UUID id = Ids.timeOrdered();
        tx.update("insert into reconciliation (id, actor, mend, age) values (?, ?, ?, ?)", id, by, mend, age.toMillis());
        tx.update("delete from reconciliation where id in (select id from reconciliation order by asked desc offset ?)", KEPT);
        return one(tx, id);
    }

    /** @throws Rejected {@code not-found} */
    public Reconciliation find(UUID id) {
        return db.read(tx -> one(tx, id));
    }

    /** Newest first. */
    public List<Reconciliation> newest() {
        return db.read(tx -> tx.query("select * from reconciliation order by asked desc", Reconciliations::reconciliation));
    }

    /** The newest that has come to its end. */
    public Optional<Reconciliation> last() {
        return db.read(tx -> tx.one("select * from reconciliation where ended is not null order by ended desc limit 1", Reconciliations::reconciliation));
    }

    /**
     * What is to be worked on, from where it had come to; asks for it itself where nobody has for so long.
     *
     * @param every pause between two, whoever asks, however many lifecycle processes there are
     */
    public Optional<Reconciliation> next(Duration every, boolean mend, Duration age) {
        return db.write(tx -> {
            tx.update("lock table reconciliation in share row exclusive mode");
            boolean due = tx.one("select 1 as one from reconciliation where asked > now() - ? * interval '1 millisecond' limit 1",
                    row -> true, every.toMillis()).isEmpty();
            if (due) {
                insert(tx, mend, age, null);
            }
            return tx.one("""
                    update reconciliation set worker = ?, taken = now() where id = (
                        select id from reconciliation where ended is null and (taken is null or taken < now() - ? * interval '1 millisecond')
                        order by asked limit 1)
                    returning *""", Reconciliations::reconciliation, UUID.randomUUID(), LEASE.toMillis());
        });
    }

    /** Keeps how far it has come. @throws Rejected {@code conflict} where another worker has taken it over */
    public void report(Reconciliation now) {
        int rows = db.write(tx -> tx.update("""
                update reconciliation set taken = now(), reached = cast(? as uuid), looked = ?, findings = cast(? as json),
                    ended = cast(? as timestamptz)
                where id = ? and worker = ?""", now.reached(), now.looked(), Images.write(now.findings()), now.ended(), now.id(), now.worker()));
        if (rows == 0) {
            throw new Rejected(Code.CONFLICT, "Another process has taken this reconciliation over. Leave it to that one.");
        }
    }

    /** In the order of ids. @param after null for the first page */
    public List<Standing> standings(UUID after, int limit) {
        return db.read(tx -> tx.query(STANDING + "where cast(? as uuid) is null or i.id > ? order by i.id limit ?", Reconciliations::standing,
                after, after, limit));
    }

    /** Of those that are known. */
    public List<Standing> standings(Collection<UUID> ids) {
        return db.read(tx -> tx.query(STANDING + "where i.id = any(?)", Reconciliations::standing, ids));
    }

    /** Writes into the audit what was mended. */
    public void mended(Discrepancy found) {
        db.write(tx -> {
            Audit.mended(tx, found);
            return null;
        });
    }

    /**
     * Does what the discrepancy's remedy says, where it is still called for.
     *
     * @return the event that is to be announced for it; nothing for {@code adopt}, which begins with a look at the original
     * @throws Rejected {@code not-found}, or {@code conflict} where it is not called for, or cannot be done
     */
    public Optional<Event> mend(Discrepancy found) {
        UUID id = found.id();
        return switch (found.remedy()) {
            case DECIDE -> decide(id);
            case RENEW -> Optional.of(renewed(image(id)));
            case NUDGE -> nudge(id);
            case TRIM -> trim(id);
            case DISCARD -> discard(id);
            case ERASE -> {
                if (image(id).withdrawn() == null) {
                    throw new Rejected(Code.CONFLICT, "The image is not withdrawn; nothing of it was deleted.");
                }
                catalog.erase(id);
                yield Optional.empty();
            }
            case WITHDRAW -> withdraw(id);
            case REJECT -> Optional.of(refused(image(id)));
            case ADOPT -> Optional.empty();
        };
    }

    private Image image(UUID id) {
        return db.read(tx -> Images.find(tx, id)).orElseThrow(() -> Catalog.unknown(id));
    }

    private Optional<Event> decide(UUID id) {
        Image image = image(id);
        if (image.state() == State.PUBLISHED && shelf.lacks(image.variants())) {
            return Optional.of(renewed(image));
        }
        db.write(tx -> {
            Images.lock(tx, id);
            shelf.disown(id, Images.newestFence(tx));
            return null;
        });
        State decided = catalog.publish(id);
        return decided == State.PUBLISHED && image.state() != decided ? Optional.of(image.event(new Fact.Published())) : Optional.empty();
    }

    private Event renewed(Image image) {
        if (image.accepted() == null || image.withdrawn() != null || !shelf.hasOriginal(image.id())) {
            throw new Rejected(Code.CONFLICT, "There is no original to make the image of. Upload it again, or withdraw the image.");
        }
        return image.acceptedEvent();
    }

    private Event refused(Image image) {
        if (image.published() != null || image.withdrawn() != null || shelf.hasOriginal(image.id())) {
            throw new Rejected(Code.CONFLICT, "Only what has no original and is not published can be given up.");
        }
        return image.event(new Fact.Refused(Problem.of(Code.NOT_FOUND, "The original is not in the object store any more, and nothing can be made of it. Upload it again.")));
    }

    private Optional<Event> nudge(UUID id) {
        return db.write(tx -> {
            Image image = lock(tx, id);
            Event event = image.pending().orElseThrow(() -> new Rejected(Code.CONFLICT, "The image waits for nothing by now."));
            Images.nudged(tx, id);
            return Optional.of(catalog.orRenewed(image, event));
        });
    }

    private Optional<Event> withdraw(UUID id) {
        db.write(tx -> {
            Image image = lock(tx, id);
            if (!shelf.isWithdrawn(id)) {
                throw new Rejected(Code.CONFLICT, "The public bucket has no tombstone of a withdrawal. DELETE /api/images/{id} withdraws an image.");
            }
            return image;
        });
        // nothing writes over that tombstone
        catalog.withdraw(id, "The public bucket has its tombstone.");
        return Optional.of(image(id).event(new Fact.Withdrawn()));
    }

    private Optional<Event> trim(UUID id) {
        return db.write(tx -> {
            Image image = lock(tx, id);
            if (image.state() != State.PUBLISHED) {
                throw new Rejected(Code.CONFLICT, "The image is not published by now; nothing of it was deleted.");
            }
            shelf.trim(id, image.variants());
            return Optional.empty();
        });
    }

    private static Image lock(Tx tx, UUID id) {
        return Images.lock(tx, id).orElseThrow(() -> Catalog.unknown(id));
    }

    /** The id is held as its row would be: an event that comes in meanwhile waits. */
    private Optional<Event> discard(UUID id) {
        return db.write(tx -> {
            if (!Images.reserve(tx, id)) {
                throw new Rejected(Code.CONFLICT, "The image has a row by now; nothing of it was taken down.");
            }
            shelf.discard(id, Instant.now(), Images.fence(tx));
            Images.release(tx, id);
            return Optional.empty();
        });
    }

    /** Fetches an original; empty where there is none. */
    public Optional<Fetched> original(UUID id, Path target) {
        return shelf.original(id, target);
    }

    private static Reconciliation one(Tx tx, UUID id) {
        return tx.one("select * from reconciliation where id = ?", Reconciliations::reconciliation, id)
                .orElseThrow(() -> new Rejected(Code.NOT_FOUND, "There is no reconciliation with this id. The last %d are kept.".formatted(KEPT)));
    }

    private static Reconciliation reconciliation(Row row) {
        return new Reconciliation(row.uuid("id"), row.instant("asked"), row.text("actor"), row.flag("mend"), Duration.ofMillis(row.size("age")), row.uuid("worker"),
                row.uuid("reached"), row.size("looked"), Images.read(row.text("findings"), FINDINGS), row.instant("ended"));
    }

    private static Standing standing(Row row) {
        Instant seen = row.instant("newest");
        return new Standing(row.uuid("id"), Images.state(row), row.instant("created"), row.instant("changed"), row.text("sha256") != null, seen != null,
                row.number("nudges") > 0, row.instant("erased") != null, row.size("fence"),
                row.text("variants") == null ? List.of() : Images.read(row.text("variants"), Images.VARIANTS));
    }
}

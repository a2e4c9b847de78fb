package io.safelight.catalog;

import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.catalog.DeadLetter.Discarded;
import io.safelight.catalog.DeadLetter.Fate;
import io.safelight.catalog.DeadLetter.Listed;
import io.safelight.catalog.DeadLetter.Status;
import io.safelight.catalog.Db.Row;
import io.safelight.catalog.Db.Tx;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The messages that nobody could process, in groups by cause: listed, replayed, given up, forgotten. Letter by letter, each in a
 * transaction of its own, so that hundreds hold nothing up.
 */
public final class DeadLetters {
    private static final TypeReference<Map<String, Object>> HEADERS = new TypeReference<>() {};
    /** Forgotten in one transaction. */
    private static final int CHUNK = 1_000;
    /** Of a body, in a list: of a page of two hundred some megabytes are in memory, whatever a sender put into a message. */
    private static final int LISTED_BYTES = 16 * 1024;
    /** All columns, a long body left out. */
    private static final String LISTED = """
            id, queue, image_id, cause, message, stack_digest, case when octet_length(body) <= %d then body end as body,
            cast(octet_length(body) as bigint) as bytes, headers, attempts, trace, first_at, last_at, cause_group, status, deaths,
            replays, replayed_at, discarded_at, discarded_by, discard_reason""".formatted(LISTED_BYTES);
    private static final String IN_STATUS = "(cast(? as text) is null or status = ?)";

    private final Db db;

    DeadLetters(Db db) {
        this.db = db;
    }

    /**
     * All that died in the same queue of the same cause at the same place.
     *
     * @param count   those in the status that was asked for
     * @param open    those that nobody has replayed or discarded
     * @param first   time of the first failure of any that are counted
     * @param last    time of the last
     * @param message of the one that died last, as a sample
     * @param sample  id of that one
     */
    public record Group(String group, String queue, String cause, String stackDigest, long count, long open, Instant first, Instant last,
                        String message, String sample) {}

    /** @param next cursor of the page after this one; null on the last */
    public record Groups(List<Group> groups, String next) {}

    /** What a listing is to hold; null where it does not matter. @param cause the class with its package or without */
    public record Filter(String group, String queue, String cause, Status status, UUID image) {
        public static final Filter ALL = new Filter(null, null, null, null, null);
    }

    /** Open letters: those of a group, or the ones named, or all of them where both are null. */
    public record Selection(String group, List<String> ids) {}

    /**
     * Some of what is to be replayed.
     *
     * @param begun     when the first batch was asked for, by the database's clock
     * @param remaining how many there are besides
     */
    public record Batch(List<String> ids, Instant begun, long remaining) {}

    /** Open letters of one queue and one cause. @param cause class of the exception, without its package @param oldest time of the first failure */
    public record Tally(String queue, String cause, long open, Instant oldest) {}

    /**
     * A redelivery, which tells the same time of failure, changes nothing; another failure of a message that was replayed opens it again,
     * also where the clock of the worker that tells it is behind. Where no time is told it is another failure if the letter was replayed since.
     *
     * @return the id under which it is kept
     */
    static String bury(Tx tx, DeadLetter letter) {
        boolean discarded = discard(tx, letter.id()).isPresent();
        upsert(tx, letter);
        if (!listed(tx, letter.id()).orElseThrow().queue().equals(letter.queue())) {
            return bury(tx, letter.apart());
        }
        if (discarded && letter.imageId() != null) {
            Images.givenUp(tx, letter.imageId());
        }
        return letter.id();
    }

    private static void upsert(Tx tx, DeadLetter d) {
        tx.update("""
                insert into dead_letter (id, queue, image_id, cause, message, stack_digest, body, headers, attempts, trace, first_at, last_at)
                values (?, ?, ?, ?, ?, ?, ?, cast(? as json), ?, ?, coalesce(cast(? as timestamptz), now()), coalesce(cast(? as timestamptz), now()))
                on conflict (id) do update set cause = excluded.cause, message = excluded.message, stack_digest = excluded.stack_digest,
                    body = excluded.body, headers = excluded.headers, attempts = excluded.attempts, last_at = excluded.last_at,
                    deaths = dead_letter.deaths + 1, replayed_at = null, discarded_at = null, discarded_by = null, discard_reason = null
                where dead_letter.queue = excluded.queue
                    and case when ? then dead_letter.last_at <> excluded.last_at else dead_letter.replayed_at is not null end""",
                d.id(), d.queue(), d.imageId(), d.cause(), d.message(), d.stackDigest(), d.body(), Images.write(d.headers()),
                d.attempts(), d.trace(), d.first(), d.last(), d.last() != null);
    }

    private static Optional<DeadLetter> find(Tx tx, String id) {
        return tx.one("select * from dead_letter where id = ?", DeadLetters::letter, id);
    }

    public Optional<DeadLetter> find(String id) {
        return db.read(tx -> find(tx, id));
    }

    private static Optional<DeadLetter> listed(Tx tx, String id) {
        return tx.one("select " + LISTED + " from dead_letter where id = ?", DeadLetters::letter, id);
    }

    private static Optional<Discarded> discard(Tx tx, String id) {
        return listed(tx, id).map(kept -> kept.fate().discarded());
    }

    /** Newest first. */
    public DeadLetter.Page list(Filter filter, PageRequest page) {
        String status = slug(filter.status());
        Instant at = page.after() == null ? null : page.after().at();
        String id = page.after() == null ? null : page.after().id();
        List<Listed> letters = db.read(tx -> tx.query("""
                select %s from dead_letter
                where %s and (cast(? as text) is null or cause_group = ?) and (cast(? as text) is null or queue = ?)
                    and (cast(? as text) is null or cause = ? or regexp_replace(cause, '^.*[.]', '') = ?)
                    and (cast(? as uuid) is null or image_id = ?)
                    and (cast(? as timestamptz) is null or (first_at, id) < (?, ?))
                order by first_at desc, id desc limit ?""".formatted(LISTED, IN_STATUS), row -> new Listed(letter(row), row.size("bytes")),
                status, status, filter.group(), filter.group(),
                filter.queue(), filter.queue(), filter.cause(), filter.cause(), filter.cause(), filter.image(), filter.image(),
                at, at, id, page.limit() + 1));
        return new DeadLetter.Page(letters.stream().limit(page.limit()).toList(),
                page.next(letters, one -> new Cursor(one.letter().first(), one.letter().id())));
    }

    /** The one that failed last first. @param status null for all */
    public Groups groups(Status status, PageRequest page) {
        String slug = slug(status);
        Instant at = page.after() == null ? null : page.after().at();
        String id = page.after() == null ? null : page.after().id();
        List<Group> groups = db.read(tx -> tx.query("""
                select g.*, s.id as sample, s.message
                from (select cause_group, min(queue) as queue, min(cause) as cause, min(stack_digest) as stack_digest, count(*) as letters,
                          count(*) filter (where status = 'open') as open, min(first_at) as first_at, max(last_at) as last_at
                      from dead_letter where %1$s group by cause_group) g
                cross join lateral (select id, message from dead_letter where cause_group = g.cause_group and %1$s order by last_at desc, id limit 1) s
                where cast(? as timestamptz) is null or (g.last_at, g.cause_group) < (?, ?)
                order by g.last_at desc, g.cause_group desc limit ?""".formatted(IN_STATUS),
                row -> new Group(row.text("cause_group"), row.text("queue"), row.text("cause"), row.text("stack_digest"), row.size("letters"),
                        row.size("open"), row.instant("first_at"), row.instant("last_at"), row.text("message"), row.text("sample")),
                slug, slug, slug, slug, at, at, id, page.limit() + 1));
        return new Groups(groups.stream().limit(page.limit()).toList(), page.next(groups, group -> new Cursor(group.last(), group.group())));
    }

    /**
     * The next of those to be replayed, the oldest first, each once: one that dies again of the same cause while others are still
     * replayed is not taken again.
     *
     * @param begun as the first batch told it; null to begin
     * @throws Rejected {@code not-found} for a group or an id that is not there; {@code conflict} for one that cannot be replayed
     */
    public Batch replayable(Selection selection, Instant begun, int limit) {
        return db.read(tx -> {
            check(tx, selection);
            if (tx.one("select 1 from dead_letter where queue = '" + DeadLetter.UNKNOWN + "' and (cause_group = ? or id = any(cast(? as text[]))) limit 1",
                    row -> true, selection.group(), array(selection)).isPresent()) {
                throw new Rejected(Code.CONFLICT, "It is not known in which queue some of these messages failed, so they cannot be replayed.");
            }
            Instant since = begun != null ? begun : tx.one("select clock_timestamp() as now", row -> row.instant("now")).orElseThrow();
            String those = " from dead_letter where " + SELECTED + " and queue <> '" + DeadLetter.UNKNOWN + "' and (last_replay is null or last_replay < ?)";
            List<String> ids = tx.query("select id" + those + " order by first_at, id limit ?", row -> row.text("id"),
                    selection.group(), selection.group(), array(selection), array(selection), since, limit);
            return new Batch(ids, since, count(tx, those, selection, since) - ids.size());
        });
    }

    /**
     * The next of those to be discarded.
     *
     * @param until what failed later is left alone; null for all
     * @throws Rejected {@code not-found} for a group or an id that is not there
     */
    public List<String> discardable(Selection selection, Instant until, int limit) {
        return db.read(tx -> {
            check(tx, selection);
            return tx.query("select id" + DISCARDABLE + " order by first_at, id limit ?", row -> row.text("id"),
                    selection.group(), selection.group(), array(selection), array(selection), until, until, limit);
        });
    }

    /** How many of them are open. */
    public long open(Selection selection, Instant until) {
        return db.read(tx -> count(tx, DISCARDABLE, selection, until, until));
    }

    private static final String SELECTED = "status = 'open' and (cast(? as text) is null or cause_group = ?) and (cast(? as text[]) is null or id = any(?))";
    private static final String DISCARDABLE = " from dead_letter where " + SELECTED + " and (cast(? as timestamptz) is null or last_at <= ?)";

    private static long count(Tx tx, String those, Selection selection, Object... more) {
        Object[] parameters = new Object[4 + more.length];
        parameters[0] = parameters[1] = selection.group();
        parameters[2] = parameters[3] = array(selection);
        System.arraycopy(more, 0, parameters, 4, more.length);
        return tx.one("select count(*) as letters" + those, row -> row.size("letters"), parameters).orElseThrow();
    }

    private static String[] array(Selection selection) {
        return selection.ids() == null ? null : selection.ids().toArray(String[]::new);
    }

    private static void check(Tx tx, Selection selection) {
        if (selection.group() != null && tx.one("select 1 from dead_letter where cause_group = ? limit 1", row -> true, selection.group()).isEmpty()) {
            throw new Rejected(Code.NOT_FOUND, "No dead letter is of the group " + selection.group() + ". GET /api/dead-letter-groups lists those there are.");
        }
        if (selection.ids() != null) {
            List<String> known = tx.query("select id from dead_letter where id = any(?)", row -> row.text("id"), (Object) array(selection));
            selection.ids().stream().filter(id -> !known.contains(id)).findFirst().ifPresent(id -> {
                throw unknown(id);
            });
        }
    }

    public static Rejected unknown(String id) {
        return new Rejected(Code.NOT_FOUND, "There is no dead letter " + id + ". GET /api/dead-letters lists those there are.");
    }

    /**
     * To be called after the broker confirmed the message's new publication.
     *
     * @param letter as it was read before that: one that has died again meanwhile stays open, and one that was discarded meanwhile stays so
     * @return what the image asks for, now that it no longer counts as failed
     */
    public Next replayed(DeadLetter letter) {
        return db.write(tx -> {
            if (letter.imageId() != null) {
                Images.lockOrCreate(tx, letter.imageId());
            }
            tx.update("""
                    update dead_letter set replays = replays + 1, last_replay = clock_timestamp(), replayed_at = case when deaths = ? then now() end
                    where id = ?""", letter.fate().deaths(), letter.id());
            Optional<Discarded> discard = discard(tx, letter.id());
            if (discard.isPresent() && discard.get().equals(letter.fate().discarded())) {
                tx.update("update dead_letter set discarded_at = null, discarded_by = null, discard_reason = null where id = ?", letter.id());
                if (letter.imageId() != null) {
                    Images.givenUp(tx, letter.imageId());
                }
            }
            if (letter.imageId() == null) {
                return Next.NOTHING;
            }
            Image image = Images.settle(tx, letter.imageId());
            return image.state() == State.SCANNED && image.decidable() ? Next.PUBLISH : Next.NOTHING;
        });
    }

    /**
     * Gives a letter up, and with it its image unless that has come to an end: it stays failed, with the reason.
     *
     * @return whether it was open; any other is left as it is
     * @throws Rejected {@code not-found}
     */
    public boolean discard(String id, String reason, String by) {
        return db.write(tx -> {
            UUID image = listed(tx, id).orElseThrow(() -> unknown(id)).imageId();
            if (image != null) {
                Images.lockOrCreate(tx, image);
            }
            if (tx.update("update dead_letter set discarded_at = now(), discarded_by = ?, discard_reason = ? where id = ? and status = 'open'", by, reason, id) == 0) {
                return false;
            }
            Audit.discarded(tx, listed(tx, id).orElseThrow(), reason, by);
            if (image != null) {
                Images.givenUp(tx, image);
                Images.settle(tx, image);
            }
            return true;
        });
    }

    /** Deletes those that were replayed or discarded so long ago, but for those with which an image was given up: another's replay would revive it. @return how many */
    public int forget(Duration life) {
        int forgotten = 0;
        int chunk;
        do {
            chunk = db.write(tx -> tx.update("""
                    delete from dead_letter where id in (
                        select id from dead_letter
                        where status <> 'open' and greatest(last_at, replayed_at, discarded_at) < now() - ? * interval '1 millisecond'
                            and (status <> 'discarded' or not exists (select 1 from image i where i.id = image_id and i.given_up is not null and i.withdrawn is null))
                        limit ?)""",
                    life.toMillis(), CHUNK));
            forgotten += chunk;
        } while (chunk == CHUNK);
        return forgotten;
    }

    /** The open ones, in one query, most first. */
    public List<Tally> tally() {
        return db.read(tx -> tx.query("""
                select queue, regexp_replace(cause, '^.*[.]', '') as name, count(*) as open, min(first_at) as oldest
                from dead_letter where status = 'open' group by queue, name order by open desc, queue, name""",
                row -> new Tally(row.text("queue"), row.text("name"), row.size("open"), row.instant("oldest"))));
    }

    private static String slug(Status status) {
        return status == null ? null : status.slug();
    }

    private static DeadLetter letter(Row row) {
        Instant discarded = row.instant("discarded_at");
        return new DeadLetter(row.text("id"), row.text("queue"), row.uuid("image_id"), row.text("cause"), row.text("message"),
                row.text("stack_digest"), row.bytes("body"), Images.read(row.text("headers"), HEADERS), row.number("attempts"),
                row.text("trace"), row.instant("first_at"), row.instant("last_at"),
                new Fate(row.text("cause_group"), Status.valueOf(row.text("status").toUpperCase(Locale.ROOT)), row.number("deaths"), row.number("replays"),
                        row.instant("replayed_at"), discarded == null ? null : new Discarded(discarded, row.text("discard_reason"), row.text("discarded_by"))));
    }
}

package io.safelight.catalog;

import io.safelight.catalog.Db.Tx;
import io.safelight.model.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The SQL of what is to be decided or looked at again. Everything runs in the caller's transaction; no row of an image is locked. */
public final class Redecisions {
    /** Those a decision may still change. */
    private static final String OPEN = "i.state in ('scanned', 'published', 'review', 'blocked')";
    private static final String INSERT = """
            insert into redecision (image_id, decide, scan, urgent, since)
            select distinct i.id, cast(? as boolean), cast(? as boolean), cast(? as boolean), now() from image i
            """;
    /** One that is being worked on is done once more, as it may have been read already. */
    private static final String AGAIN = """
             order by i.id
            on conflict (image_id) do update set decide = redecision.decide or excluded.decide, scan = redecision.scan or excluded.scan,
                urgent = redecision.urgent or excluded.urgent, since = excluded.since, taken = null, attempts = 0""";
    /** After this a process that took some is believed dead, and a scan lost. */
    private static final Duration LEASE = Duration.ofMinutes(5);
    /** Images that the models are asked to look at again at the same time, so that new ones need not wait behind them. */
    private static final int SCANS = 64;
    private static final int MOST_ATTEMPTS = 5;
    /** A day of them: until it is decided something may be public that must not be, and a store may be away for long. */
    private static final int MOST_DECISIONS = 288;

    private Redecisions() {}

    /** @param before the state to tell a change from; null of what is to be looked at */
    record Taken(UUID id, Instant since, State before) {}

    /** Those too that were tried in vain before, whatever has become of them: something of them may be public that must not be. */
    static void all(Tx tx) {
        tx.update(INSERT + "where " + OPEN + " or i.id in (select image_id from redecision)" + AGAIN, true, false, false);
    }

    static void scanAll(Tx tx) {
        tx.update(INSERT + "where " + OPEN + AGAIN, false, true, false);
    }

    static void one(Tx tx, UUID id) {
        tx.update(INSERT + "where i.id = ?" + AGAIN, true, false, true, id);
    }

    /** One that a person decides, who tells of what becomes of it. @param before its state until now, to be told from, should they not get to it */
    static void overridden(Tx tx, UUID id, State before) {
        one(tx, id);
        tx.update("update redecision set before = ? where image_id = ? and coalesce(before, 'published') = 'published'", before.slug(), id);
    }

    /** What it is now was told of. */
    static void told(Tx tx, UUID id) {
        tx.update("update redecision set before = null where image_id = ?", id);
    }

    /** Those whose picture, in any turn, is within the distance of the hash. */
    private static void near(Tx tx, String hash, int distance) {
        tx.update(INSERT + "join image_hash h on h.image_id = i.id where " + OPEN
                + " and bit_count(h.hash # cast('x' || ? as bit(256))) <= ?" + AGAIN, true, false, true, hash, distance);
    }

    private static void ofBytes(Tx tx, String sha256) {
        tx.update(INSERT + "where " + OPEN + " and i.sha256 = ?" + AGAIN, true, false, true, sha256);
    }

    /** Turns what changed in the banks into the images it concerns. @return whether there may be more */
    static boolean expand(Tx tx, Map<String, Integer> distances) {
        record Change(long id, String bank, String kind, String hash) {}
        // of those that concern all images the newest, which stands for the others
        Optional<Change> next = tx.one("select * from rematch order by hash nulls first, id desc limit 1 for update skip locked",
                row -> new Change(row.size("id"), row.text("bank"), row.text("kind"), row.text("hash")));
        next.ifPresent(change -> {
            if (change.hash == null) {
                all(tx);
                tx.update("delete from rematch where hash is null and id <= ?", change.id);
                return;
            }
            if (change.kind.equals("sha256")) {
                ofBytes(tx, change.hash);
            } else if (distances.containsKey(change.bank)) {
                near(tx, change.hash, distances.get(change.bank));
            }
            tx.update("delete from rematch where id = ?", change.id);
        });
        return next.isPresent();
    }

    static List<Taken> takeDecisions(Tx tx, int limit) {
        return take(tx, true, limit);
    }

    /** Those that the models are asked to look at again, as many as are not under way already. */
    static List<Taken> takeScans(Tx tx) {
        int underWay = tx.one("select count(*) as scans from redecision where not decide and taken >= now() - ? * interval '1 millisecond'",
                row -> row.size("scans").intValue(), LEASE.toMillis()).orElseThrow();
        return take(tx, false, Math.max(0, SCANS - underWay));
    }

    private static List<Taken> take(Tx tx, boolean decide, int limit) {
        return tx.query("""
                update redecision set taken = now(), attempts = attempts + 1,
                    before = case when decide and coalesce(before, 'published') = 'published' then (select state from image where id = image_id) else before end
                where image_id in (
                    select image_id from redecision
                    where decide = ? and attempts < ? and (taken is null or taken < now() - ? * interval '1 millisecond')
                    order by urgent desc, since limit ? for update skip locked)
                returning image_id, since, before as state""",
                row -> new Taken(row.uuid("image_id"), row.instant("since"), decide ? Images.state(row) : null),
                decide, decide ? MOST_DECISIONS : MOST_ATTEMPTS, LEASE.toMillis(), limit);
    }

    /** Unless it was asked for again meanwhile. One that is to be looked at stays until it was. */
    static void decided(Tx tx, UUID id, Instant since) {
        tx.update("delete from redecision where image_id = ? and since = ? and not scan", id, since);
        tx.update("update redecision set decide = false, taken = null, attempts = 0, before = null where image_id = ? and since = ?", id, since);
    }

    static void scanned(Tx tx, UUID id) {
        tx.update("delete from redecision where image_id = ? and scan and not decide", id);
        tx.update("update redecision set scan = false where image_id = ?", id);
    }

    /** @param stuck those that were tried in vain, and are left alone until somebody asks for them again */
    public record Count(int waiting, int stuck) {}

    static Count count(Tx tx) {
        return tx.one("""
                select count(*) filter (where attempts < most) + (select count(*) from rematch) as waiting, count(*) filter (where attempts >= most) as stuck
                from (select attempts, case when decide then ? else ? end as most from redecision) as each""",
                row -> new Count(row.size("waiting").intValue(), row.size("stuck").intValue()), MOST_DECISIONS, MOST_ATTEMPTS).orElseThrow();
    }
}

package io.safelight.catalog;

import io.safelight.catalog.Db.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The SQL of what is to be decided again. Everything runs in the caller's transaction; no row of an image is locked. */
final class Redecisions {
    /** Those a decision may still change. */
    private static final String OPEN = "i.state in ('scanned', 'published', 'review', 'blocked')";
    private static final String INSERT = """
            insert into redecision (image_id, scan, since)
            select distinct i.id, cast(? as boolean), now() from image i
            """;
    /** One that is being worked on is done once more, as it may have been read already. */
    private static final String AGAIN = " on conflict (image_id) do update set scan = redecision.scan or excluded.scan, since = now(), taken = null";
    /** After this a process that took some is believed dead. */
    private static final Duration LEASE = Duration.ofMinutes(5);

    private Redecisions() {}

    record Taken(UUID id, boolean scan, Instant since) {}

    /** @param scan whether the models shall look first @return how many */
    static int all(Tx tx, boolean scan) {
        return tx.update(INSERT + "where " + OPEN + AGAIN, scan);
    }

    /** Those whose picture, in any turn, is within the distance of the hash. */
    private static int near(Tx tx, String hash, int distance) {
        return tx.update(INSERT + "join image_hash h on h.image_id = i.id where " + OPEN
                + " and bit_count(h.hash # cast('x' || ? as bit(256))) <= ?" + AGAIN, false, hash, distance);
    }

    private static int ofBytes(Tx tx, String sha256) {
        return tx.update(INSERT + "where " + OPEN + " and i.sha256 = ?" + AGAIN, false, sha256);
    }

    /** Turns what changed in the banks into the images it concerns. @return whether there may be more */
    static boolean expand(Tx tx, Map<String, Integer> distances) {
        record Change(long id, String bank, String kind, String hash) {}
        Optional<Change> next = tx.one("select * from rematch order by hash nulls first, id limit 1 for update skip locked",
                row -> new Change(row.size("id"), row.text("bank"), row.text("kind"), row.text("hash")));
        next.ifPresent(change -> {
            if (change.hash == null) {
                all(tx, false);
                tx.update("delete from rematch where id <= ?", change.id);
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

    static List<Taken> take(Tx tx, int limit) {
        return tx.query("""
                update redecision set taken = now() where image_id in (
                    select image_id from redecision where taken is null or taken < now() - ? * interval '1 millisecond'
                    order by since limit ? for update skip locked)
                returning image_id, scan, since""",
                row -> new Taken(row.uuid("image_id"), row.flag("scan"), row.instant("since")), LEASE.toMillis(), limit);
    }

    /** Unless it was asked for again meanwhile. */
    static void done(Tx tx, UUID id, Instant since) {
        tx.update("delete from redecision where image_id = ? and since = ?", id, since);
    }

    static int waiting(Tx tx) {
        return tx.one("select (select count(*) from redecision) + (select count(*) from rematch) as waiting", row -> row.size("waiting").intValue()).orElseThrow();
    }
}

package io.safelight.catalog;

import io.safelight.catalog.Db.Tx;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Evidence.Match;
import io.safelight.model.Perceptual;
import io.safelight.model.Policy;
import io.safelight.pdq.HashIndex;
import io.safelight.pdq.HashList;
import io.safelight.pdq.PdqHash;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Known pictures, by the digest of their bytes and by what they look like, in the banks that policy names.
 *
 * <p>Whoever decides holds the banks' lock shared until its transaction ends, and whoever adds or removes holds it alone. So an
 * addition is seen by every decision that ends after it, and finds the pictures of all that ended before it: those are
 * decided again ({@link Redecisions}).
 */
public final class Banks {
    /** The bank that withdrawals fill. Its digests of bytes block whatever policy says. */
    public static final String WITHDRAWN = "withdrawn";

    /** Key of the advisory lock. Not a row lock: an addition waiting for one could be passed by publishers for ever. */
    private static final long LOCK = 0x5afe_1167_ba2cL;
    /** Additions in one transaction; more would keep publishers waiting. */
    private static final int CHUNK = 5_000;
    /** Additions at once of which each is looked for among all pictures; of more, every picture is looked for among them. */
    private static final int FEW = 200;
    /** A publisher that waits for a store must not hold up all others behind a change that waits for it. */
    private static final String PATIENCE = "10s";
    private static final int MOST = 2_000_000;
    private static final int SHOWN = 20;
    /** Of a picture without size or structure. */
    private static final PdqHash NOTHING = new PdqHash(0, 0, 0, 0);
    private static final String SHA256 = "sha256";
    private static final String PDQ = "pdq";

    private final Db db;
    private final Policy policy;
    /** Each hash under the version it was added by. As of {@link #version}. Holds no more than what was committed, so a later state of it never does harm. */
    private final Map<String, HashIndex> indexes = new HashMap<>();
    private long version;

    Banks(Db db, Policy policy) {
        this.db = db;
        this.policy = policy;
    }

    /** @param distance within which a picture counts as one of the bank's, bits @param pictures PDQ hashes @param files digests of bytes */
    public record Bank(String name, int distance, long pictures, long files) {}

    /** @param known those that were there already @param unusable pictures with too little in them, or without a hash, which were left out */
    public record Added(String bank, int added, int known, int unusable) {}

    private record Key(String kind, String hash, String note) {}

    /** Reads what there is, so that the first decision need not wait for it: ten seconds for a million. */
    public void warmUp() {
        db.read(tx -> {
            refresh(tx);
            return null;
        });
    }

    public List<Bank> list() {
        record Count(String bank, String kind, long count) {}
        List<Count> counts = db.read(tx -> tx.query("select bank, kind, count(*) as hashes from bank_entry where removed is null group by bank, kind",
                row -> new Count(row.text("bank"), row.text("kind"), row.size("hashes"))));
        return policy.banks().entrySet().stream().map(bank -> new Bank(bank.getKey(), bank.getValue(),
                counts.stream().filter(c -> c.bank.equals(bank.getKey()) && c.kind.equals(PDQ)).mapToLong(Count::count).sum(),
                counts.stream().filter(c -> c.bank.equals(bank.getKey()) && c.kind.equals(SHA256)).mapToLong(Count::count).sum())).toList();
    }

    /**
     * Adds a list in the form of {@link HashList}, some thousands at a time: one that is refused in the midst leaves what stands before, and can be sent again.
     *
     * @param note for entries that have none of their own; may be null
     * @throws Rejected {@code bad-parameter}, {@code malformed-request} or {@code too-large}
     */
    public Added add(String bank, Reader list, String note, String by) throws IOException {
        demand(bank);
        List<Key> chunk = new ArrayList<>();
        int[] counts = new int[3];
        HashList.read(list, MOST, entry -> {
            if (entry.hash().equals(NOTHING) || entry.quality() != null && entry.quality() < Perceptual.USABLE) {
                counts[2]++;
                return;
            }
            chunk.add(new Key(PDQ, entry.hash().toString(), entry.note().isEmpty() ? note : entry.note()));
            if (chunk.size() == CHUNK) {
                counts[0] += add(bank, chunk, note, by);
                counts[1] += chunk.size();
                chunk.clear();
            }
        });
        if (!chunk.isEmpty()) {
            counts[0] += add(bank, chunk, note, by);
            counts[1] += chunk.size();
        }
        return new Added(bank, counts[0], counts[1] - counts[0], counts[2]);
    }

    /**
     * Adds the bytes of an image we have, and its picture unless that is {@link Added#unusable}.
     *
     * @throws Rejected {@code bad-parameter}, {@code not-found}, or {@code conflict} where its bytes or its picture are not known yet
     */
    public Added add(String bank, UUID image, String note, String by) {
        demand(bank);
        Image known = db.read(tx -> Images.find(tx, image)).orElseThrow(() -> Catalog.unknown(image));
        if (known.accepted() == null || known.rendered() == null) {
            throw new Rejected(Code.CONFLICT,
                    "The image is %s, and what it looks like is not known before it is rendered; bank it then.".formatted(known.state().slug()));
        }
        List<Key> keys = keys(known, note);
        int added = add(bank, keys, note, by);
        // its bytes are among them, and perhaps its picture
        return new Added(bank, added, keys.size() - added, 2 - keys.size());
    }

    private int add(String bank, List<Key> keys, String note, String by) {
        return db.write(tx -> {
            int added = add(tx, bank, keys);
            if (added > 0) {
                Audit.bank(tx, "banked", bank, note, by, Map.of("added", added, "hashes", keys.stream().limit(SHOWN).map(Key::hash).toList()));
            }
            return added;
        });
    }

    /** Banks what was withdrawn, in its transaction. */
    void withdrawn(Tx tx, Image image, String note) {
        List<Key> keys = keys(image, note);
        if (!keys.isEmpty()) {
            add(tx, WITHDRAWN, keys);
        }
    }

    void withdrawn(Tx tx, Perceptual picture, String note) {
        if (picture.usable()) {
            add(tx, WITHDRAWN, List.of(new Key(PDQ, picture.hashes().getFirst(), note)));
        }
    }

    private static List<Key> keys(Image image, String note) {
        List<Key> keys = new ArrayList<>();
        if (image.sha256() != null) {
            keys.add(new Key(SHA256, image.sha256(), note));
        }
        Perceptual pdq = image.rendered() == null ? null : image.rendered().pdq();
        if (pdq != null && pdq.usable()) {
            keys.add(new Key(PDQ, pdq.hashes().getFirst(), note));
        }
        return keys;
    }

    private static int add(Tx tx, String bank, List<Key> keys) {
        alone(tx);
        List<Key> added = tx.query("""
                insert into bank_entry (bank, kind, hash, version, note, added)
                select ?, kind, hash, nextval('bank_version'), max(note), now()
                from unnest(?, ?, ?) as t(kind, hash, note) group by kind, hash
                on conflict (bank, kind, hash) do update
                    set removed = null, version = excluded.version, note = excluded.note, added = excluded.added
                where bank_entry.removed is not null
                returning kind, hash""", row -> new Key(row.text("kind"), row.text("hash"), null), bank,
                keys.stream().map(Key::kind).toArray(String[]::new), keys.stream().map(Key::hash).toArray(String[]::new),
                keys.stream().map(Key::note).toArray(String[]::new));
        if (added.size() > FEW) {
            tx.update("insert into rematch (bank) values (?)", bank);
        } else {
            added.forEach(key -> rematch(tx, bank, key.kind, key.hash));
        }
        return added.size();
    }

    private static void rematch(Tx tx, String bank, String kind, String hash) {
        tx.update("insert into rematch (bank, kind, hash) values (?, ?, ?)", bank, kind, hash);
    }

    /**
     * What was decided because of it is decided again.
     *
     * @param hash a PDQ hash or the sha256 of a file, 64 hex digits
     * @throws Rejected {@code bad-parameter} or {@code not-found}
     */
    public void remove(String bank, String hash, String note, String by) {
        demand(bank);
        String wanted = PdqHash.parse(hash).toString();
        db.write(tx -> {
            alone(tx);
            List<String> kinds = tx.query("""
                    update bank_entry set removed = now(), version = nextval('bank_version')
                    where bank = ? and hash = ? and removed is null returning kind""", row -> row.text("kind"), bank, wanted);
            if (kinds.isEmpty()) {
                throw new Rejected(Code.NOT_FOUND,
                        "The bank %s has no such hash. GET /api/banks/%s lists its PDQ hashes; the sha256 of an image is in GET /api/images/{id}.".formatted(bank, bank));
            }
            kinds.forEach(kind -> rematch(tx, bank, kind, wanted));
            Audit.bank(tx, "unbanked", bank, note, by, Map.of("hashes", List.of(wanted)));
            return null;
        });
    }

    /** Writes the pictures of a bank in the form of {@link HashList}, in the order of their digits. @throws Rejected {@code bad-parameter} */
    public void export(String bank, Appendable out) throws IOException {
        demand(bank);
        String after = "";
        List<HashList.Entry> page;
        do {
            String from = after;
            page = db.read(tx -> tx.query("""
                    select hash, note from bank_entry where bank = ? and kind = 'pdq' and removed is null and hash > ?
                    order by hash limit ?""", row -> new HashList.Entry(PdqHash.parse(row.text("hash")), null, row.text("note")), bank, from, CHUNK));
            HashList.write(page.iterator(), out);
            after = page.isEmpty() ? "" : page.getLast().hash().toString();
        } while (page.size() == CHUNK);
    }

    /** Keeps every bank as it is until the transaction ends. */
    static void shared(Tx tx) {
        tx.query("select pg_advisory_xact_lock_shared(?)", row -> null, LOCK);
    }

    private static void alone(Tx tx) {
        tx.query("select set_config('lock_timeout', ?, true)", row -> null, PATIENCE);
        tx.query("select pg_advisory_xact_lock(?)", row -> null, LOCK);
    }

    /** Whether the very bytes were withdrawn, whatever the policy. */
    boolean withdrawn(Tx tx, String sha256) {
        return tx.one("select added from bank_entry where bank = ? and kind = 'sha256' and hash = ? and removed is null",
                row -> row.instant("added"), WITHDRAWN, sha256).isPresent();
    }

    /** Of the newest change. To be called under the shared lock. */
    static long version(Tx tx) {
        return tx.one("select coalesce(max(version), 0) as newest from bank_entry", row -> row.size("newest")).orElseThrow();
    }

    /**
     * Of each bank that has the image, by its bytes or by its picture, the nearest. To be called under the shared lock.
     *
     * @param after the version after which an entry must have been added; 0 for all
     */
    Map<String, Match> matches(Tx tx, Image image, long after) {
        Map<String, Match> matches = new LinkedHashMap<>();
        Perceptual pdq = image.rendered().pdq();
        if (pdq != null && !policy.banks().isEmpty()) {
            refresh(tx);
            List<PdqHash> turns = pdq.hashes().stream().map(PdqHash::parse).toList();
            policy.banks().forEach((bank, distance) -> nearest(bank, turns, pdq.usable() ? distance : 0, after)
                    .ifPresent(found -> matches.put(bank, match(tx, bank, PDQ, found.hash().toString(), found.distance()))));
        }
        tx.query("select bank from bank_entry where kind = 'sha256' and hash = ? and removed is null and version > ?", row -> row.text("bank"),
                image.sha256(), after).stream()
                .filter(policy.banks()::containsKey).forEach(bank -> matches.put(bank, match(tx, bank, SHA256, image.sha256(), 0)));
        return matches;
    }

    private Optional<HashIndex.Match> nearest(String bank, List<PdqHash> turns, int distance, long after) {
        HashIndex index = index(bank);
        return index.size() == 0 ? Optional.empty() : turns.stream()
                .flatMap(turn -> after == 0 ? index.nearest(turn, distance).stream() : index.within(turn, distance).stream().filter(match -> match.id() > after))
                .min(Comparator.comparingInt(HashIndex.Match::distance));
    }

    private static Match match(Tx tx, String bank, String kind, String hash, int distance) {
        return tx.one("select note from bank_entry where bank = ? and kind = ? and hash = ?",
                row -> new Match(hash, distance, row.text("note")), bank, kind, hash).orElseThrow();
    }

    private synchronized HashIndex index(String bank) {
        return indexes.computeIfAbsent(bank, name -> new HashIndex());
    }

    /** Brings the indexes up to what is committed, which under the shared lock is all there is. */
    private synchronized void refresh(Tx tx) {
        record Change(String bank, PdqHash hash, long version, boolean removed) {}
        List<Change> changes;
        do {
            changes = tx.query("""
                    select bank, hash, version, removed is not null as gone from bank_entry
                    where kind = 'pdq' and version > ? order by version limit ?""",
                    row -> new Change(row.text("bank"), PdqHash.parse(row.text("hash")), row.size("version"), row.flag("gone")), version, CHUNK);
            for (Change change : changes) {
                HashIndex index = index(change.bank);
                // one that was added anew stands there under the number it had
                index.within(change.hash, 0).forEach(old -> index.remove(old.id(), old.hash()));
                if (!change.removed) {
                    index.add(change.version, change.hash);
                }
                version = change.version;
            }
        } while (changes.size() == CHUNK);
    }

    private void demand(String bank) {
        if (!policy.banks().containsKey(bank)) {
            throw new Rejected(Code.BAD_PARAMETER, "There is no bank of this name. config/moderation.yaml names: %s."
                    .formatted(policy.banks().isEmpty() ? "none; add one under 'banks'" : String.join(", ", policy.banks().keySet())));
        }
    }
}

package io.safelight.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.catalog.Db.Row;
import io.safelight.catalog.Db.Tx;
import io.safelight.error.Fault;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.Perceptual;
import io.safelight.model.Seen;
import io.safelight.model.State;
import io.safelight.model.Step;
import io.safelight.model.Variant;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** The SQL of images and of what belongs to one: variants, evidence, steps. Everything runs in the caller's transaction. */
final class Images {
    private static final String SELECT = """
            select i.*, v.variants, e.seen, coalesce(d.failure, i.given_up) as failure, d.cause_group, d.failure is not null as buried
            from image i
            left join lateral (
                select json_agg(json_build_object('name', name, 'format', format, 'width', width, 'height', height,
                    'bytes', bytes, 'sha256', sha256, 'key', key) order by ordinal) as variants
                from variant where image_id = i.id) v on true
            left join lateral (
                select json_agg(json_build_object('model', model, 'labels', labels, 'shadow', shadow) order by shadow, model) as seen
                from (select *, max(seen) over () as newest from evidence
                      where image_id = i.id and (i.master_sha256 is null or master_sha256 = i.master_sha256)) all_seen
                where seen = newest) e on true
            left join lateral (
                select case status when 'open' then coalesce(message, cause) end as failure, cause_group from dead_letter
                where image_id = i.id and status <> 'replayed'
                order by status = 'open' desc, last_at desc, id limit 1) d on true
            """;
    private static final TypeReference<Map<String, Map<String, String>>> EXIF = new TypeReference<>() {};
    private static final TypeReference<List<Seen>> SEEN = new TypeReference<>() {};
    private static final TypeReference<List<Decision.Shadow>> SHADOWS = new TypeReference<>() {};
    private static final TypeReference<Perceptual> PDQ = new TypeReference<>() {};
    static final TypeReference<List<Variant>> VARIANTS = new TypeReference<>() {};

    /** Of names that are compared for one page: there is no index of parts of names. */
    private static final int LOOKED_THROUGH = 50_000;
    /** With its first dash; fewer characters may as well be of a name, and are the beginning of too many. */
    private static final int SHORTEST_ID = 9;
    private static final String LOWEST = "00000000-0000-0000-0000-000000000000";
    private static final String HIGHEST = LOWEST.replace('0', 'f');
    private static final Cursor NEWEST = new Cursor(Instant.parse("9999-01-01T00:00:00Z"), HIGHEST);

    private Images() {}

    /** Creates the row if this is the first that is heard of the image, and locks it until the transaction ends. */
    static Image lockOrCreate(Tx tx, UUID id) {
        reserve(tx, id);
        return lock(tx, id).orElseThrow();
    }

    /**
     * Keeps everybody else from creating the row until the transaction ends.
     *
     * @return false where it is there already
     */
    static boolean reserve(Tx tx, UUID id) {
        return tx.update("insert into image (id, state, created, updated) values (?, ?, now(), now()) on conflict do nothing", id, State.RECEIVED.slug()) == 1;
    }

    /** In the transaction that reserved it. */
    static void release(Tx tx, UUID id) {
        tx.update("delete from image where id = ?", id);
    }

    /** Two statements: the second sees what the one who held the lock before has written, in every table. */
    static Optional<Image> lock(Tx tx, UUID id) {
        tx.query("select id from image where id = ? for update", row -> row.uuid("id"), id);
        return find(tx, id);
    }

    static Optional<Image> find(Tx tx, UUID id) {
        return tx.one(SELECT + "where i.id = ?", Images::image, id);
    }

    static List<Image> newest(Tx tx, PageRequest page) {
        if (page.find() != null) {
            return found(tx, page);
        }
        String state = slug(page);
        return page.after() == null
                ? tx.query(SELECT + """
                        where (cast(? as text) is null or i.state = ?)
                        order by i.created desc, i.id desc limit ?""", Images::image, state, state, page.limit() + 1)
                : tx.query(SELECT + """
                        where (cast(? as text) is null or i.state = ?) and (i.created, i.id) < (?, ?)
                        order by i.created desc, i.id desc limit ?""", Images::image,
                        state, state, page.after().at(), page.after().uuid(), page.limit() + 1);
    }

    /** By the primary key where it begins an id that there is, else by the name among the newest before the cursor. */
    private static List<Image> found(Tx tx, PageRequest page) {
        Optional<Range> ids = ids(tx, page.find());
        String state = slug(page);
        Cursor after = page.after() == null ? NEWEST : page.after();
        return ids.isPresent()
                ? tx.query(SELECT + """
                        where i.id between ? and ? and (cast(? as text) is null or i.state = ?) and (i.created, i.id) < (?, ?)
                        order by i.created desc, i.id desc limit ?""", Images::image,
                        ids.get().first(), ids.get().last(), state, state, after.at(), after.uuid(), page.limit() + 1)
                : tx.query(SELECT + """
                        where i.id in (
                            select id from (
                                select id, name, created from image
                                where (cast(? as text) is null or state = ?) and (created, id) < (?, ?)
                                order by created desc, id desc limit ?) newest
                            where strpos(lower(name), lower(?)) > 0
                            order by created desc, id desc limit ?)
                        order by i.created desc, i.id desc""", Images::image,
                        state, state, after.at(), after.uuid(), LOOKED_THROUGH, page.find(), page.limit() + 1);
    }

    /** The last image whose name was compared; empty where there are none beyond, or none was. */
    static Optional<Cursor> lookedThrough(Tx tx, PageRequest page) {
        if (ids(tx, page.find()).isPresent()) {
            return Optional.empty();
        }
        Cursor after = page.after() == null ? NEWEST : page.after();
        return tx.one("""
                select created, id from image
                where (cast(? as text) is null or state = ?) and (created, id) < (?, ?)
                order by created desc, id desc offset ? limit 1""",
                row -> new Cursor(row.instant("created"), row.uuid("id").toString()),
                slug(page), slug(page), after.at(), after.uuid(), LOOKED_THROUGH - 1);
    }

    private record Range(UUID first, UUID last) {}

    /** The ids that begin so; empty where that is no beginning of an id, or of none that there is. */
    private static Optional<Range> ids(Tx tx, String beginning) {
        String lower = beginning.toLowerCase(Locale.ROOT);
        String first = lower.length() < SHORTEST_ID || lower.length() > LOWEST.length() ? "" : lower + LOWEST.substring(lower.length());
        if (!first.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
            return Optional.empty();
        }
        Range range = new Range(UUID.fromString(first), UUID.fromString(lower + HIGHEST.substring(lower.length())));
        return tx.one("select id from image where id between ? and ? limit 1", row -> range, range.first(), range.last());
    }

    private static String slug(PageRequest page) {
        return page.state() == null ? null : page.state().slug();
    }

    /** Images that stand still for longer than they should, and for twice as long after each time this was said of them. */
    static List<Image> nudge(Tx tx, Duration olderThan, int limit) {
        List<UUID> ids = tx.query("""
                update image set nudges = nudges + 1, updated = now()
                where id in (
                    select id from image
                    where state in ('accepted', 'rendered', 'scanned', 'withdrawn')
                      and (state <> 'withdrawn' or erased is null)
                      and updated <= now() - ? * interval '1 millisecond' * power(2, least(nudges, 10))
                    order by updated limit ?
                    for update skip locked)
                returning id""", row -> row.uuid("id"), olderThan.toMillis(), limit);
        return tx.query(SELECT + "where i.id = any(?)", Images::image, ids);
    }

    static void nudged(Tx tx, UUID id) {
        tx.update("update image set nudges = nudges + 1, updated = now() where id = ?", id);
    }

    static Map<UUID, State> states(Tx tx, Collection<UUID> ids) {
        record Known(UUID id, State state) {}
        return tx.query("select id, state from image where id = any(?)", row -> new Known(row.uuid("id"), state(row)), ids)
                .stream().collect(Collectors.toMap(Known::id, Known::state));
    }

    /** The first to say so counts: the original is never overwritten. */
    static void accepted(Tx tx, UUID id, String sha256, Fact.Accepted fact) {
        tx.update("""
                update image set sha256 = ?, name = ?, source = ?, format = ?, bytes = ?, declared_width = ?, declared_height = ?,
                    slow = ?, account = ?
                where id = ? and sha256 is null""",
                sha256, fact.name(), fact.source(), fact.format().slug(), fact.bytes(), fact.width(), fact.height(), fact.slow(),
                fact.account(), id);
    }

    /** The last rendering counts: its objects are there, an older one's may be swept. */
    static void rendered(Tx tx, UUID id, String masterSha256, Fact.Rendered fact) {
        tx.update("""
                update image set master_sha256 = ?, width = ?, height = ?, blurhash = ?, dominant_color = ?,
                    exif = cast(? as json), engine = ?, pdq = cast(? as json)
                where id = ?""",
                masterSha256, fact.width(), fact.height(), fact.blurhash(), fact.dominantColor(), write(fact.exif()), fact.engine(),
                fact.pdq() == null ? null : write(fact.pdq()), id);
        tx.update("delete from image_hash where image_id = ?", id);
        List<String> hashes = fact.pdq() == null ? List.of() : fact.pdq().hashes();
        for (int turn = 0; turn < hashes.size(); turn++) {
            tx.update("insert into image_hash (image_id, turn, hash) values (?, ?, cast('x' || ? as bit(256)))", id, turn, hashes.get(turn));
        }
        tx.update("delete from variant where image_id = ?", id);
        for (int i = 0; i < fact.variants().size(); i++) {
            Variant v = fact.variants().get(i);
            tx.update("""
                    insert into variant (image_id, ordinal, name, format, width, height, bytes, sha256, key)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    id, i, v.name(), v.format().slug(), v.width(), v.height(), v.bytes(), v.sha256(), v.key());
        }
    }

    /** The newest scan of a master counts, not the one heard last; what its models saw has one time. */
    static void scanned(Tx tx, UUID id, String masterSha256, Fact.Scanned fact, Instant at) {
        for (Seen seen : fact.seen()) {
            tx.update("""
                    insert into evidence (image_id, model, master_sha256, labels, shadow, seen) values (?, ?, ?, cast(? as json), ?, ?)
                    on conflict (image_id, model, master_sha256)
                        do update set labels = excluded.labels, shadow = excluded.shadow, seen = excluded.seen
                    where evidence.seen < excluded.seen""",
                    id, seen.model(), masterSha256, write(seen.labels()), seen.shadow(), at);
        }
    }

    static void rejected(Tx tx, UUID id, String reason) {
        tx.update("update image set reject_reason = coalesce(reject_reason, ?) where id = ?", reason, id);
    }

    static Fence fence(Tx tx) {
        return new Fence(tx.one("select nextval('decision_fence') as fence", row -> row.size("fence")).orElseThrow(), () -> newestFence(tx));
    }

    /** The newest that was given out. */
    static long newestFence(Tx tx) {
        return tx.one("select last_value from decision_fence", row -> row.size("last_value")).orElseThrow();
    }

    static void decided(Tx tx, UUID id, Decision decision) {
        tx.update("""
                update image set verdict = ?, verdict_rule = ?, verdict_reason = ?, risk = ?, shadows = cast(? as json),
                    held = case when ? then coalesce(held, now()) end
                where id = ?""", decision.verdict().slug(), decision.rule(), decision.reason(), decision.risk(),
                decision.shadows().isEmpty() ? null : write(decision.shadows()), decision.verdict() == Verdict.REVIEW, id);
    }

    static void overridden(Tx tx, UUID id, String masterSha256, Image.Override override) {
        tx.update("""
                update image set override_verdict = ?, override_reason = ?, override_by = ?, override_at = ?, override_banks = ?,
                    override_master = ?
                where id = ?""", override.verdict().slug(), override.reason(), override.reviewer(), override.at(), override.banks(), masterSha256, id);
    }

    /** Those a person is waited for, the longest waiting first, or the riskiest. */
    static List<Image> held(Tx tx, boolean byRisk, PageRequest page) {
        return page.after() == null
                ? tx.query(SELECT + "where i.held is not null and e.seen is not null and i.state in ('review', 'published') order by "
                        + (byRisk ? "i.risk desc, i.held, i.id" : "i.held, i.id") + " limit ?", Images::image, page.limit() + 1)
                : tx.query(SELECT + """
                        where i.held is not null and e.seen is not null and i.state in ('review', 'published') and (i.held, i.id) > (?, ?)
                        order by i.held, i.id limit ?""", Images::image, page.after().at(), page.after().uuid(), page.limit() + 1);
    }

    /** @param at null where it is not, or not any more */
    static void published(Tx tx, UUID id, Instant at) {
        tx.update("update image set published = cast(? as timestamptz) where id = ?", at, id);
    }

    static void withdrawn(Tx tx, UUID id, Instant at, String reason) {
        tx.update("update image set withdrawn = ?, withdraw_reason = ? where id = ?", at, reason, id);
    }

    /** @param at null where objects may be there again */
    static void erased(Tx tx, UUID id, Instant at) {
        tx.update("update image set erased = cast(? as timestamptz) where id = ?", at, id);
    }

    /** Counts a scan that found no master. @return how many have in a row; 0 for the last that may, which begins the count anew */
    static int missed(Tx tx, UUID id, int most) {
        return tx.one("update image set misses = (misses + 1) % ? where id = ? returning misses", row -> row.number("misses"), most, id).orElseThrow();
    }

    static void found(Tx tx, UUID id) {
        tx.update("update image set misses = 0 where id = ?", id);
    }

    static void step(Tx tx, UUID id, Step step) {
        tx.update("""
                insert into step (image_id, name, began, ended) values (?, ?, ?, ?)
                on conflict do nothing""", id, step.name(), step.from(), step.to());
    }

    static List<Step> steps(Tx tx, UUID id) {
        return tx.query("select * from step where image_id = ? order by began, ended, name",
                row -> new Step(row.text("name"), row.instant("began"), row.instant("ended")), id);
    }

    static void trace(Tx tx, UUID id, String trace) {
        tx.update("update image set trace = coalesce(trace, ?) where id = ?", trace, id);
    }

    /** Writes down why a person gave the image up with a dead letter; null where none that was is left, as after its replay. */
    static void givenUp(Tx tx, UUID id) {
        tx.update("""
                update image set given_up = (
                    select 'Discarded by ' || discarded_by || ': ' || discard_reason from dead_letter
                    where image_id = ? and status = 'discarded' order by discarded_at desc, id limit 1)
                where id = ?""", id, id);
    }

    /** Derives the state from what the transaction has written so far, and writes it down. */
    static Image settle(Tx tx, UUID id) {
        Image image = find(tx, id).orElseThrow();
        State derived = image.derived();
        if (derived == image.state()) {
            return image;
        }
        tx.update("update image set state = ?, updated = now(), nudges = 0 where id = ?", derived.slug(), id);
        return find(tx, id).orElseThrow();
    }

    private static Image image(Row row) {
        String sha256 = row.text("sha256");
        String masterSha256 = row.text("master_sha256");
        String seen = row.text("seen");
        String override = row.text("override_verdict");
        String verdict = row.text("verdict");
        return new Image(row.uuid("id"), state(row), row.instant("created"), row.text("trace"),
                sha256,
                sha256 == null ? null : new Fact.Accepted(row.text("name"), row.text("source"), Format.of(row.text("format")),
                        row.size("bytes"), row.number("declared_width"), row.number("declared_height"), row.flag("slow"),
                        row.text("account")),
                masterSha256,
                masterSha256 == null ? null : new Fact.Rendered(row.number("width"), row.number("height"), row.text("blurhash"),
                        row.text("dominant_color"), read(row.text("exif"), EXIF), row.text("engine"),
                        row.text("variants") == null ? List.of() : read(row.text("variants"), VARIANTS),
                        row.text("pdq") == null ? null : read(row.text("pdq"), PDQ)),
                seen == null ? null : new Fact.Scanned(read(seen, SEEN)),
                row.text("reject_reason"), row.text("failure"), row.flag("buried"), row.text("cause_group"),
                verdict == null ? null : new Decision(Verdict.of(verdict), row.text("verdict_rule"), row.text("verdict_reason"),
                        row.real("risk"), row.text("shadows") == null ? List.of() : read(row.text("shadows"), SHADOWS)),
                override == null || !Objects.equals(masterSha256, row.text("override_master")) ? null
                        : new Image.Override(Verdict.of(override), row.text("override_reason"), row.text("override_by"), row.instant("override_at"),
                                row.size("override_banks")),
                row.instant("held"),
                row.instant("published"), row.instant("withdrawn"), row.text("withdraw_reason"), row.instant("erased"), row.number("misses"));
    }

    static State state(Row row) {
        return State.valueOf(row.text("state").toUpperCase(Locale.ROOT));
    }

    static String write(Object value) {
        try {
            return Json.MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new Fault("A part of a message cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    static <T> T read(String json, TypeReference<T> type) {
        try {
            return Json.MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new Fault("The database holds JSON that cannot be read; was it changed by hand? " + e.getOriginalMessage(), e);
        }
    }
}

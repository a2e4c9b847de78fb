package io.safelight.catalog;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.catalog.Db.Row;
import io.safelight.catalog.Db.Tx;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Discrepancy;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The record of what was decided and by whom, which is only ever added to. */
public final class Audit {
    private static final TypeReference<Map<String, Object>> DETAIL = new TypeReference<>() {};

    private Audit() {}

    /**
     * @param action {@code decided}, {@code overridden}, {@code withdrawn}, {@code banked}, {@code unbanked}, {@code rescan},
     *               {@code mended}, or {@code discarded}, of a dead letter
     * @param actor  the person, as named by whoever called; null where policy or an event acted
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(long seq, Instant at, UUID imageId, String action, Verdict verdict, String rule, String reason, String actor,
                        Map<String, Object> detail) {}

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<Entry> entries, String next) {}

    static void decided(Tx tx, Image image, Decision decision) {
        Map<String, Object> detail = new LinkedHashMap<>();
        detail.put("seen", image.scanned() == null ? List.of() : image.scanned().seen());
        if (!decision.shadows().isEmpty()) {
            detail.put("shadows", decision.shadows());
        }
        write(tx, image.id(), "decided", decision.verdict(), decision.rule(), decision.reason(), null, detail);
    }

    static void overridden(Tx tx, UUID image, Image.Override by) {
        write(tx, image, "overridden", by.verdict(), null, by.reason(), by.reviewer(), null);
    }

    static void withdrawn(Tx tx, UUID image, String reason, String actor) {
        write(tx, image, "withdrawn", null, null, reason, actor, null);
    }

    /** @param action {@code banked} or {@code unbanked} */
    static void bank(Tx tx, String action, String bank, String note, String actor, Map<String, Object> what) {
        write(tx, null, action, null, bank, note, actor, what);
    }

    static void rescan(Tx tx, String actor, Map<String, Object> what) {
        write(tx, null, "rescan", null, null, null, actor, what);
    }

    static void mended(Tx tx, Discrepancy found) {
        write(tx, found.id(), "mended", null, null, found.what(), null, Map.of("kind", found.kind(), "remedy", found.remedy()));
    }

    static void discarded(Tx tx, DeadLetter letter, String reason, String actor) {
        Map<String, Object> detail = new LinkedHashMap<>();
        detail.put("deadLetter", letter.id());
        detail.put("group", letter.fate().group());
        detail.put("queue", letter.queue());
        detail.put("cause", letter.cause());
        write(tx, letter.imageId(), "discarded", null, null, reason, actor, detail);
    }

    private static void write(Tx tx, UUID image, String action, Verdict verdict, String rule, String reason, String actor, Map<String, ?> detail) {
        tx.update("""
                insert into audit (image_id, action, verdict, rule, reason, actor, detail)
                values (cast(? as uuid), ?, ?, ?, ?, ?, cast(? as json))""",
                image, action, verdict == null ? null : verdict.slug(), rule, reason, actor, detail == null ? null : Images.write(detail));
    }

    /** Newest first. @param image null for all */
    static List<Entry> newest(Tx tx, UUID image, PageRequest page) {
        long before = page.after() == null ? Long.MAX_VALUE : page.after().number();
        return tx.query("""
                select * from audit where (cast(? as uuid) is null or image_id = ?) and seq < ?
                order by seq desc limit ?""", Audit::entry, image, image, before, page.limit() + 1);
    }

    private static Entry entry(Row row) {
        String verdict = row.text("verdict");
        return new Entry(row.size("seq"), row.instant("at"), row.uuid("image_id"), row.text("action"), verdict == null ? null : Verdict.of(verdict),
                row.text("rule"), row.text("reason"), row.text("actor"), row.text("detail") == null ? null : Images.read(row.text("detail"), DETAIL));
    }
}

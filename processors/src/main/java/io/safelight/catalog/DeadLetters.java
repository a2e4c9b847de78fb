package io.safelight.catalog;

import com.fasterxml.jackson.core.type.TypeReference;
import io.safelight.catalog.Db.Row;
import io.safelight.catalog.Db.Tx;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The SQL of dead letters. Everything runs in the caller's transaction. */
final class DeadLetters {
    private static final TypeReference<Map<String, Object>> HEADERS = new TypeReference<>() {};

    private DeadLetters() {}

    /** A redelivery changes nothing; a later failure of a message that was replayed opens it again. */
    static void upsert(Tx tx, DeadLetter d) {
        tx.update("""
                insert into dead_letter (id, queue, image_id, cause, message, stack_digest, body, headers, attempts, trace, first_at, last_at)
                values (?, ?, ?, ?, ?, ?, ?, cast(? as json), ?, ?, ?, ?)
                on conflict (id) do update set queue = excluded.queue, cause = excluded.cause, message = excluded.message,
                    stack_digest = excluded.stack_digest, body = excluded.body, headers = excluded.headers,
                    attempts = excluded.attempts, last_at = excluded.last_at, replayed_at = null
                where dead_letter.last_at < excluded.last_at""",
                d.id(), d.queue(), d.imageId(), d.cause(), d.message(), d.stackDigest(), d.body(), Images.write(d.headers()),
                d.attempts(), d.trace(), d.first(), d.last());
    }

    static Optional<DeadLetter> find(Tx tx, String id) {
        return tx.one("select * from dead_letter where id = ?", DeadLetters::deadLetter, id);
    }

    static List<DeadLetter> newest(Tx tx, PageRequest page) {
        return page.after() == null
                ? tx.query("select * from dead_letter order by first_at desc, id desc limit ?",
                        DeadLetters::deadLetter, page.limit() + 1)
                : tx.query("select * from dead_letter where (first_at, id) < (?, ?) order by first_at desc, id desc limit ?",
                        DeadLetters::deadLetter, page.after().at(), page.after().id(), page.limit() + 1);
    }

    static void replayed(Tx tx, String id) {
        tx.update("update dead_letter set replayed_at = coalesce(replayed_at, now()) where id = ?", id);
    }

    private static DeadLetter deadLetter(Row row) {
        return new DeadLetter(row.text("id"), row.text("queue"), row.uuid("image_id"), row.text("cause"), row.text("message"),
                row.text("stack_digest"), row.bytes("body"), Images.read(row.text("headers"), HEADERS), row.number("attempts"),
                row.text("trace"), row.instant("first_at"), row.instant("last_at"), row.instant("replayed_at"));
    }
}

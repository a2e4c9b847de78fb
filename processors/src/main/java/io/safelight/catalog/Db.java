package io.safelight.catalog;

import io.safelight.error.Fault;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;

/** Transactions and statements. No {@link SQLException} gets out: {@link Unavailable} where a later attempt may work, else {@link Fault}. */
final class Db {
    /** Connection lost, rolled back for another's sake, out of resources, a lock not given in time, being shut down. */
    private static final Set<String> PASSING = Set.of("08", "40", "53", "55", "57");

    private final DataSource source;
    private final CatalogListener listener;

    /** @param listener hears of each statement */
    Db(DataSource source, CatalogListener listener) {
        this.source = source;
        this.listener = listener;
    }

    /** Read committed: what must not change meanwhile is locked by row, so each statement shall see what others committed. */
    <T> T write(Function<Tx, T> work) {
        return transaction(Connection.TRANSACTION_READ_COMMITTED, false, work);
    }

    /** Repeatable read: several statements, one moment. */
    <T> T read(Function<Tx, T> work) {
        return transaction(Connection.TRANSACTION_REPEATABLE_READ, true, work);
    }

    private <T> T transaction(int isolation, boolean readOnly, Function<Tx, T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setTransactionIsolation(isolation);
            connection.setReadOnly(readOnly);
            connection.setAutoCommit(false);
            try {
                T result = work.apply(new Tx(connection, listener));
                connection.commit();
                return result;
            } catch (Throwable failure) {
                rollback(connection, failure);
                throw failure;
            } finally {
                restore(connection);
            }
        } catch (SQLException e) {
            throw translate(e);
        }
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /** The connection may go back to a pool whose other users expect its defaults; a broken one is the pool's to drop. */
    private static void restore(Connection connection) {
        try {
            connection.setAutoCommit(true);
            connection.setReadOnly(false);
        } catch (SQLException broken) {
            // the work's own outcome is what counts
        }
    }

    static SafelightException translate(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        // without a state it comes from a pool that has no connection to give
        return state.length() < 2 || PASSING.contains(state.substring(0, 2))
                ? new Unavailable("The database did not answer or gave way to other work (" + state
                        + "). It can be tried again; if it stays so, check that PostgreSQL is up and safelight.database.* names it.", e)
                : new Fault("The database refused a statement (" + state + "). The log has its words; was the schema changed by hand?", e);
    }

    private interface Sql<T> {
        T value() throws SQLException;
    }

    /** Statements of one transaction. Parameters are bound by their Java type. */
    static final class Tx {
        private final Connection connection;
        private final CatalogListener listener;

        private Tx(Connection connection, CatalogListener listener) {
            this.connection = connection;
            this.listener = listener;
        }

        /** @throws Unavailable where the transaction, and with it its locks, is lost */
        void check() {
            query("select 1", row -> null);
        }

        int update(String sql, Object... parameters) {
            return asked(sql, () -> {
                try (PreparedStatement statement = prepare(sql, parameters)) {
                    return statement.executeUpdate();
                }
            });
        }

        <T> List<T> query(String sql, Function<Row, T> mapper, Object... parameters) {
            return asked(sql, () -> {
                try (PreparedStatement statement = prepare(sql, parameters); ResultSet rows = statement.executeQuery()) {
                    List<T> all = new ArrayList<>();
                    Row row = new Row(rows);
                    while (rows.next()) {
                        all.add(mapper.apply(row));
                    }
                    return all;
                }
            });
        }

        private <T> T asked(String sql, Sql<T> question) {
            long began = System.nanoTime();
            boolean answered = false;
            try {
                T answer = question.value();
                answered = true;
                return answer;
            } catch (SQLException e) {
                throw translate(e);
            } finally {
                listener.asked(sql, Duration.ofNanos(System.nanoTime() - began), answered);
            }
        }

        <T> Optional<T> one(String sql, Function<Row, T> mapper, Object... parameters) {
            return query(sql, mapper, parameters).stream().findFirst();
        }

        private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
            PreparedStatement statement = connection.prepareStatement(sql);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, bindable(parameters[i]));
            }
            return statement;
        }

        /** PostgreSQL's has no NUL. */
        private static String text(String text) {
            return text == null ? null : text.replace('\0', '\uFFFD');
        }

        private Object bindable(Object value) throws SQLException {
            return switch (value) {
                case Instant instant -> instant.atOffset(ZoneOffset.UTC);
                case String text -> text(text);
                case Collection<?> ids -> connection.createArrayOf("uuid", ids.toArray());
                case String[] texts -> connection.createArrayOf("text", Arrays.stream(texts).map(Tx::text).toArray());
                case null, default -> value;
            };
        }
    }

    /** The row the cursor is on; a null column reads as null. */
    static final class Row {
        private final ResultSet rows;

        private Row(ResultSet rows) {
            this.rows = rows;
        }

        String text(String column) {
            return get(() -> rows.getString(column));
        }

        UUID uuid(String column) {
            return get(() -> rows.getObject(column, UUID.class));
        }

        Integer number(String column) {
            return get(() -> rows.getObject(column, Integer.class));
        }

        Long size(String column) {
            return get(() -> rows.getObject(column, Long.class));
        }

        double real(String column) {
            return get(() -> rows.getDouble(column));
        }

        Boolean flag(String column) {
            return get(() -> rows.getObject(column, Boolean.class));
        }

        byte[] bytes(String column) {
            return get(() -> rows.getBytes(column));
        }

        Instant instant(String column) {
            OffsetDateTime at = get(() -> rows.getObject(column, OffsetDateTime.class));
            return at == null ? null : at.toInstant();
        }

        private static <T> T get(Sql<T> read) {
            try {
                return read.value();
            } catch (SQLException e) {
                throw translate(e);
            }
        }
    }
}

package io.safelight.testing;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.exceptionsorter.PostgreSQLExceptionSorter;
import io.agroal.api.security.NamePrincipal;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** A real PostgreSQL server: one for all tests of this JVM, a migrated database for each that asks. */
public final class TestDatabase {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static EmbeddedPostgres server;

    private TestDatabase() {}

    public static synchronized DataSource create() {
        try {
            if (server == null) {
                server = EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(1)).start();
                Flyway.configure().dataSource(server.getTemplateDatabase()).locations("classpath:db/migration").load().migrate();
            }
            String name = "t" + COUNT.incrementAndGet();
            // a new database is a copy of template1
            execute(server.getPostgresDatabase(), "create database " + name);
            return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier().connectionPoolConfiguration(pool -> pool
                    // as Quarkus sets it: a connection that the server has ended is dropped
                    .exceptionSorter(new PostgreSQLExceptionSorter())
                    .maxSize(16).acquisitionTimeout(Duration.ofSeconds(30))
                    .connectionFactoryConfiguration(factory -> factory
                            .jdbcUrl(server.getJdbcUrl("postgres", name)).principal(new NamePrincipal("postgres")))));
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Brings a schema of its own to a version of ours. */
    public static Flyway flyway(DataSource database, String schema, String version) {
        return Flyway.configure().dataSource(database).schemas(schema).locations("classpath:db/migration").target(version).load();
    }

    /** The first column of every row. */
    public static List<String> texts(DataSource database, String sql) {
        try (Connection c = database.getConnection(); PreparedStatement s = c.prepareStatement(sql); ResultSet rows = s.executeQuery()) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void execute(DataSource database, String sql, Object... parameters) {
        try (Connection c = database.getConnection(); PreparedStatement s = c.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                s.setObject(i + 1, parameters[i]);
            }
            s.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.safelight.routes;

import io.safelight.camel.CatalogBean;
import io.safelight.catalog.Catalog;
import io.safelight.catalog.CatalogListener;
import io.safelight.config.ModerationPolicy;
import io.safelight.model.Event;
import io.safelight.moderate.Model;
import io.safelight.serve.Links;
import io.safelight.store.ObjectStore;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** The catalog over a real database, with the policy of {@code config/}, and a database that can be away for a while. */
final class Archive {
    /** As the shipped model says them. */
    static final Map<String, Double> HARMLESS = labels(0.02);
    static final Map<String, Double> DOUBTFUL = labels(0.5);
    static final Map<String, Double> EXPLICIT = labels(0.9);

    final DataSource database = TestDatabase.create();
    final Catalog catalog;
    final CatalogBean bean;
    private final ObjectStore hidden;
    private final AtomicInteger refusals = new AtomicInteger();

    Archive(ObjectStore hidden, ObjectStore open) {
        this.hidden = hidden;
        ModerationPolicy policy = ModerationPolicy.load(Path.of("config/moderation.yaml"), Model.shipped().labels(), List.of());
        this.catalog = new Catalog(refusing(), hidden, open, policy, new Links(List.of(), Duration.ofHours(1))::url, CatalogListener.NOBODY);
        this.bean = new CatalogBean(catalog);
    }

    private static Map<String, Double> labels(double porn) {
        return Map.of("drawing", 0.0, "hentai", 0.0, "neutral", 1 - porn, "porn", porn, "sexy", 0.0);
    }

    /** The database has no connection to give, so often. */
    void away(int times) {
        refusals.set(times);
    }

    private DataSource refusing() {
        return (DataSource) Proxy.newProxyInstance(DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
            if (method.getName().equals("getConnection") && refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new SQLTransientConnectionException("connection refused", "08001");
            }
            try {
                return method.invoke(database, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    Studio studio() {
        return new Studio(hidden);
    }

    /** An image that is published, without a route. */
    Studio published() {
        return seen(studio(), HARMLESS);
    }

    /** Wherever its labels lead, without a route. */
    Studio seen(Studio studio, Map<String, Double> labels) {
        List.of(studio.accepted(), studio.rendered(), studio.scanned(labels)).forEach(catalog::record);
        catalog.publish(studio.id);
        return studio;
    }

    void heard(Event event) {
        catalog.record(event);
    }
}

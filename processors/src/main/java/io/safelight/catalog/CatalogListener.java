package io.safelight.catalog;

import io.safelight.model.Decision;
import java.time.Duration;

/** Hears what was decided and published, once that is committed, and each statement, for metrics and spans. */
public interface CatalogListener {
    CatalogListener NOBODY = new CatalogListener() {
        @Override
        public void decided(Decision decision) {}

        @Override
        public void published(long bytes) {}

        @Override
        public void firstPublished(Duration sinceUpload) {}
    };

    /** One that differs from what was decided before. */
    void decided(Decision decision);

    /** @param bytes of all variants and the source */
    void published(long bytes);

    /** Of an image that its first decision cleared. @param sinceUpload from the first byte that was received until everything was servable */
    void firstPublished(Duration sinceUpload);

    /** Of every statement to the database, with placeholders for its values. Called by whoever asked: be quick. @param answered false where it failed */
    default void asked(String statement, Duration took, boolean answered) {}
}

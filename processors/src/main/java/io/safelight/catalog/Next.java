package io.safelight.catalog;

/** What a recorded event asks for. */
public enum Next {
    NOTHING,
    /** All facts are there: call {@link Catalog#publish}. */
    PUBLISH,
    /** The master is lost and the original is not: have {@link Catalog#accepted} processed again. */
    PROCESS,
    /** The master is there, and no model found it: have {@link Catalog#master} looked at again. */
    SCAN,
    /** The image is withdrawn, and whoever sent the event may have written objects since: call {@link Catalog#erase}. */
    ERASE
}

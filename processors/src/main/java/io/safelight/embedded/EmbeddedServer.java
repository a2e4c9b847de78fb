package io.safelight.embedded;

import java.util.Map;

/** A running server of this process's own. Closing it stops it and keeps its files. */
sealed interface EmbeddedServer extends AutoCloseable permits EmbeddedBroker, EmbeddedStore, EmbeddedPostgres, EmbeddedSftp {

    /** What the log calls it. */
    String name();

    /** Where it listens, without a password. */
    String address();

    /** Configuration keys that lead a client to it. */
    Map<String, String> settings();

    @Override
    void close();
}

package io.safelight.config;

import java.util.stream.Stream;

/** A key that the application works out from others when it starts, for routes to use. Nobody sets it, so the reference leaves it out. */
public enum DerivedKey {
    /** Folder of this process's work in progress, under {@code safelight.data}. */
    WORK("safelight.work"),
    /** Host, port and folder, as Camel's {@code sftp:} takes them. */
    SFTP_ADDRESS("safelight.sftp.address"),
    /** Messages that moderation has under way: at least twice the batch, or it would never fill. */
    MODERATION_CONSUMERS("safelight.moderation.consumers");

    private final String key;

    DerivedKey(String key) {
        this.key = key;
    }

    public String key() {
        return key;
    }

    public static Stream<String> keys() {
        return Stream.of(values()).map(DerivedKey::key);
    }
}

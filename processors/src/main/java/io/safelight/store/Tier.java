package io.safelight.store;

import java.util.Locale;
import java.util.stream.Stream;

/** What an object is for, as its key says. */
public enum Tier {
    INCOMING, RAW, MASTER, STAGING, PUBLIC;

    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The private bucket's keys begin with their tier; whatever begins otherwise lies in the public one. */
    static Tier of(String key) {
        return Stream.of(INCOMING, RAW, MASTER, STAGING).filter(tier -> key.startsWith(tier.slug() + "/")).findFirst().orElse(PUBLIC);
    }
}

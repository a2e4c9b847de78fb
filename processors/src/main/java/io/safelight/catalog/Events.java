package io.safelight.catalog;

import io.safelight.error.Fault;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Seen;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** What must hold of an event before it is believed: a message may have been damaged, forged or made by another version. */
final class Events {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private Events() {}

    static void check(Event event) {
        require(event != null && event.id() != null && event.fact() != null, "it names no image or no fact");
        require(event.v() == Event.VERSION, "its version is " + event.v());
        require(event.sha256() == null || HEX.matcher(event.sha256()).matches(), "its sha256 is none");
        require(event.step() == null || event.step().name() != null && event.step().from() != null && event.step().to() != null,
                "its step has no name, begin or end");
        switch (event.fact()) {
            case Fact.Accepted fact -> require(event.sha256() != null && fact.format() != null, "an original without sha256 or format");
            case Fact.Rendered fact -> {
                require(event.sha256() != null && fact.variants() != null, "a master without sha256 or variants");
                Set<String> seen = new HashSet<>();
                for (Variant v : fact.variants()) {
                    require(belongs(v, event), "a variant is not this image's");
                    require(seen.add(v.name() + "." + v.format()), "a variant is named twice");
                }
                require(fact.pdq() == null || !fact.pdq().hashes().isEmpty() && fact.pdq().hashes().stream().allMatch(h -> h != null && HEX.matcher(h).matches()),
                        "a perceptual hash is no 64 hex digits");
            }
            case Fact.Scanned fact -> {
                require(event.sha256() != null, "a scan that does not say of which master");
                require(fact.seen().stream().anyMatch(seen -> !seen.shadow()), "a scan in which no model counts");
                for (Seen seen : fact.seen()) {
                    // no labels would be nothing to object to
                    require(seen.model() != null && seen.labels() != null && !seen.labels().isEmpty(), "a scan without model or labels");
                    require(seen.labels().values().stream().allMatch(p -> p != null && p >= 0 && p <= 1.001), "a probability is not in 0..1");
                }
            }
            case Fact.Refused fact -> require(fact.problem() != null && fact.problem().detail() != null, "a refusal without a problem");
            case Fact.Published fact -> { }
            case Fact.Withdrawn fact -> { }
        }
    }

    /** A key of another image, or a source that is not the master, would publish pixels that were never scanned as this one's. */
    private static boolean belongs(Variant v, Event event) {
        return v != null && v.name() != null && NAME.matcher(v.name()).matches() && v.format() != null
                && v.sha256() != null && HEX.matcher(v.sha256()).matches()
                && (v.name().equals(Variant.SOURCE)
                        ? Keys.master(event.id()).equals(v.key()) && v.sha256().equals(event.sha256())
                        : Variant.stagingKey(event.id(), v.name(), v.sha256(), v.format()).equals(v.key()));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Fault("The event cannot be believed: " + otherwise + ". Look at who sent it, and replay it once that is mended.");
        }
    }
}

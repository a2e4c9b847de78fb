package io.safelight.lifecycle;

import io.safelight.model.Discrepancy;
import io.safelight.model.Discrepancy.Kind;
import io.safelight.model.Manifest;
import io.safelight.model.Remedy;
import io.safelight.model.Standing;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is wrong with an image, from what there is of it and what there should be. Nothing is, where anything of it was written a
 * moment ago: whoever wrote it may be at work still.
 */
final class Comparison {
    /** States from which the next step needs something of the image; what is blocked may be cleared by a person. */
    private static final Set<State> WITH_MASTER = EnumSet.of(State.RENDERED, State.SCANNED, State.REVIEW, State.BLOCKED);
    private static final Set<State> UNDER_WAY = EnumSet.of(State.ACCEPTED, State.RENDERED, State.SCANNED);

    private final Subject image;
    private final Standing row;
    private final Manifest manifest;
    private final List<Discrepancy> found = new ArrayList<>();

    private Comparison(Subject image) {
        this.image = image;
        this.row = image.row();
        this.manifest = image.manifest();
    }

    /**
     * @param age        what was written within it is left alone
     * @param stuckAfter without progress
     * @return in the order in which they are to be mended
     */
    static List<Discrepancy> of(Subject image, Instant now, Duration age, Duration stuckAfter) {
        Comparison comparison = new Comparison(image);
        if (!image.touched().isAfter(now.minus(age))) {
            comparison.compare();
        }
        if (image.row() != null && comparison.found.isEmpty()) {
            comparison.progress(now.minus(age), now.minus(stuckAfter));
        }
        return comparison.found;
    }

    private void compare() {
        if (row == null) {
            withoutRow();
        } else if (row.state() == State.WITHDRAWN) {
            withdrawn();
        } else if (manifest != null && manifest.withdrawn()) {
            tell(Kind.MANIFEST_DISAGREES, "it is withdrawn in the public bucket and %s in the database".formatted(row.state().slug()), Remedy.WITHDRAW);
        } else if (row.state() == State.PUBLISHED) {
            published();
        } else {
            notPublic();
        }
    }

    private void withoutRow() {
        Set<String> copies = copies();
        if (!copies.isEmpty() || manifest != null && manifest.shows()) {
            tell(Kind.LEAKED, "public, and no row knows it", Remedy.DISCARD);
            tell(Kind.OBJECT_WITHOUT_ROW, "public objects", Remedy.DISCARD);
        } else if (manifest != null && !manifest.withdrawn() && !manifest.takenDown()) {
            tell(Kind.OBJECT_WITHOUT_ROW, "a manifest that cannot be read", Remedy.DISCARD);
        }
        if (image.hasOriginal()) {
            tell(Kind.OBJECT_WITHOUT_ROW, "an original that was never announced", Remedy.ADOPT);
        } else if (!image.hidden().isEmpty()) {
            tell(Kind.OBJECT_WITHOUT_ROW, "master or renditions without their original", null);
        }
    }

    private void withdrawn() {
        if (manifest != null && manifest.shows()) {
            tell(Kind.LEAKED, "public, and withdrawn in the database", Remedy.ERASE);
        }
        if (manifest == null || !manifest.withdrawn()) {
            tell(Kind.MANIFEST_DISAGREES, "withdrawn, and the public bucket has no tombstone", Remedy.ERASE);
        }
        if (!copies().isEmpty() || !image.hidden().isEmpty()) {
            tell(Kind.EXTRA_OBJECT, "withdrawn, and %d objects are left".formatted(copies().size() + image.hidden().size()), Remedy.ERASE);
        }
    }

    private void published() {
        boolean master = image.hidden().containsKey(Keys.master(row.id()));
        if (!master) {
            tell(Kind.ROW_WITHOUT_OBJECT, "published, and the master is gone, so that no model can look again", image.hasOriginal() ? Remedy.RENEW : null);
        }
        if (!row.seen()) {
            // made anew, and not decided since: what is public is what was cleared before
            return;
        }
        if (manifest == null || !manifest.shows()) {
            tell(Kind.MANIFEST_DISAGREES, "published, and the manifest %s".formatted(manifest == null ? "is missing"
                    : manifest.takenDown() ? "says that it was taken down" : "cannot be read"), Remedy.DECIDE);
        } else if (!manifest.variants().equals(Manifest.of(row.id(), null, row.variants()).variants())) {
            tell(Kind.MANIFEST_DISAGREES, "published, and the manifest lists other variants", Remedy.DECIDE);
        } else {
            unknownDecision();
        }
        Set<String> missing = row.variants().stream().map(Variant::publicKey).filter(key -> !image.open().containsKey(key)).collect(Collectors.toCollection(TreeSet::new));
        if (!missing.isEmpty()) {
            boolean makeable = image.hasOriginal() || row.variants().stream().filter(v -> missing.contains(v.publicKey())).allMatch(v -> image.hidden().containsKey(v.key()));
            tell(Kind.ROW_WITHOUT_OBJECT, "published without " + some(missing), makeable ? Remedy.DECIDE : null);
        }
        Set<String> extra = copies();
        row.variants().forEach(v -> extra.remove(v.publicKey()));
        if (!extra.isEmpty()) {
            tell(Kind.EXTRA_OBJECT, "public beside what the manifest lists: " + some(extra), Remedy.TRIM);
        }
    }

    private void notPublic() {
        if (manifest != null && manifest.shows()) {
            tell(Kind.LEAKED, "public, and %s in the database".formatted(row.state().slug()), Remedy.DECIDE);
            tell(Kind.MANIFEST_DISAGREES, "%s, and the manifest says published".formatted(row.state().slug()), Remedy.DECIDE);
        } else if (!copies().isEmpty()) {
            tell(Kind.EXTRA_OBJECT, "%s, and copies lie in the public bucket".formatted(row.state().slug()), Remedy.DECIDE);
        } else {
            unknownDecision();
        }
        if (row.state() == State.ACCEPTED && !image.hasOriginal()) {
            tell(Kind.ROW_WITHOUT_OBJECT, "accepted, and the original is gone", Remedy.REJECT);
        }
        if (!row.accepted() && image.hasOriginal() && row.state() != State.REJECTED && row.state() != State.FAILED) {
            tell(Kind.OBJECT_WITHOUT_ROW, "an original whose announcement never came", Remedy.ADOPT);
        }
        Set<String> missing = row.variants().stream().map(Variant::key).filter(key -> !image.hidden().containsKey(key)).collect(Collectors.toCollection(TreeSet::new));
        if (WITH_MASTER.contains(row.state()) && !missing.isEmpty()) {
            tell(Kind.ROW_WITHOUT_OBJECT, "%s without %s".formatted(row.state().slug(), some(missing)),
                    image.hasOriginal() && row.accepted() ? Remedy.RENEW : row.state() == State.BLOCKED || image.hasOriginal() ? null : Remedy.REJECT);
        }
    }

    private void unknownDecision() {
        if (manifest != null && manifest.fence() > row.fence()) {
            tell(Kind.MANIFEST_DISAGREES, "the manifest is of a decision that the database does not know; was a backup restored?", Remedy.DECIDE);
        }
    }

    private void progress(Instant aged, Instant stuck) {
        boolean waits = UNDER_WAY.contains(row.state()) || row.state() == State.WITHDRAWN && !row.erased() || row.state() == State.PUBLISHED && !row.seen();
        if (waits && row.changed().isBefore(aged) && (row.nudged() || row.changed().isBefore(stuck))) {
            tell(Kind.STUCK, row.state() == State.PUBLISHED ? "made anew, and no model has looked at it since"
                    : "%s, and nothing comes of it".formatted(row.state().slug()), Remedy.NUDGE);
        }
    }

    /** What lies in public beside a manifest. */
    private Set<String> copies() {
        Set<String> copies = new TreeSet<>(image.open().keySet());
        copies.remove(Manifest.key(image.id()));
        return copies;
    }

    private static String some(Collection<String> keys) {
        return keys.stream().findFirst().orElseThrow() + (keys.size() == 1 ? "" : " and %d more".formatted(keys.size() - 1));
    }

    private void tell(Kind kind, String what, Remedy remedy) {
        found.add(new Discrepancy(image.id(), kind, what, remedy));
    }
}

package io.safelight.catalog;

import static java.time.temporal.ChronoUnit.MILLIS;

import io.safelight.catalog.Db.Tx;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.State;
import io.safelight.model.Step;
import io.safelight.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Hears every event, keeps what is known of each image, decides, publishes and withdraws. Every method may be called twice,
 * from several processes and in any order; a failed call changed nothing or is completed by the next one.
 *
 * <p>Locks are taken in one order, the image's row and then the bank, and held while the store is asked, so a process needs
 * as many database connections as it publishes and withdraws images at the same time.
 */
public final class Catalog {
    /** Key of the advisory lock on the bank. Not a row lock: a withdrawal waiting for one could be passed by publishers for ever. */
    private static final long BANK = 0x5afe_1167_ba2cL;
    /** Enough for one sweep; the rest is told at the next. */
    private static final int NUDGES = 500;

    private final Db db;
    private final Shelf shelf;
    private final Policy policy;
    private final Linker links;

    /** The schema is expected to be there: Flyway brings it, from {@code db/migration}. */
    public Catalog(DataSource database, ObjectStore privateBucket, ObjectStore publicBucket, Policy policy, Linker links) {
        this.db = new Db(database);
        this.shelf = new Shelf(privateBucket, publicBucket);
        this.policy = policy;
        this.links = links;
    }

    /** Writes down what an event says. @throws io.safelight.error.Fault where the event cannot be true as it stands */
    public Next record(Event event) {
        Events.check(event);
        UUID id = event.id();
        Image image = db.write(tx -> {
            Image before = Images.lockOrCreate(tx, id);
            if (before.withdrawn() == null) {
                write(tx, event);
            } else if (event.fact() instanceof Fact.Accepted fact && before.sha256() == null) {
                // withdrawn before the original's sha256 was known; other bytes that come later under the id are not what was withdrawn
                Images.accepted(tx, id, event.sha256(), fact);
                bank(tx, event.sha256());
            }
            if (before.withdrawn() != null && mayHaveWritten(event)) {
                Images.erased(tx, id, null);
            }
            return Images.settle(tx, id);
        });
        if (image.state() == State.REJECTED && image.published() != null) {
            conceal(id);
        }
        return next(image, event.fact());
    }

    private void write(Tx tx, Event event) {
        UUID id = event.id();
        Images.trace(tx, id, event.trace());
        if (event.step() != null) {
            Images.step(tx, id, event.step());
        }
        switch (event.fact()) {
            case Fact.Accepted fact -> Images.accepted(tx, id, event.sha256(), fact);
            case Fact.Rendered fact -> Images.rendered(tx, id, event.sha256(), fact);
            case Fact.Scanned fact -> Images.scanned(tx, id, event.sha256(), fact, event.step() == null ? now() : event.step().to());
            case Fact.Refused fact -> Images.rejected(tx, id, fact.problem().code() + ": " + fact.problem().detail());
            case Fact.Withdrawn fact -> withdraw(tx, Images.find(tx, id).orElseThrow(), null);
            // only the publish transaction makes it so
            case Fact.Published fact -> { }
        }
    }

    private static boolean mayHaveWritten(Event event) {
        return !(event.fact() instanceof Fact.Published || event.fact() instanceof Fact.Withdrawn);
    }

    private static Next next(Image image, Fact fact) {
        if (image.state() == State.WITHDRAWN) {
            return image.erased() == null ? Next.ERASE : Next.NOTHING;
        }
        boolean evidence = fact instanceof Fact.Accepted || fact instanceof Fact.Rendered || fact instanceof Fact.Scanned;
        return evidence && image.decidable() ? Next.PUBLISH : Next.NOTHING;
    }

    /**
     * Decides under the locks and brings the public bucket in line, whatever was decided before. An image that cannot be
     * decided yet, or no more, is left as it is. Staged objects are left too: until this call's message is acked it may come
     * again and need them. Lifecycle sweeps them.
     *
     * @throws Rejected {@code not-found}
     */
    public State publish(UUID id) {
        Instant began = now();
        return db.write(tx -> {
            Image image = lock(tx, id);
            if (!image.decidable()) {
                // an attempt that had lost its lock may have written its manifest after a stricter decision
                if (image.state() != State.PUBLISHED && image.state() != State.WITHDRAWN) {
                    shelf.hide(id);
                }
                return image.state();
            }
            tx.query("select pg_advisory_xact_lock_shared(?)", row -> null, BANK);
            Decision decision = banked(tx, image.sha256())
                    ? new Decision(Verdict.BLOCK, "The same bytes were withdrawn before.")
                    : policy.decide(image.scanned().labels());
            Images.decided(tx, id, decision);
            if (decision.verdict() == Verdict.CLEAR) {
                Instant at = image.published() != null ? image.published() : now();
                Images.published(tx, id, shelf.show(id, at, image.variants()));
                if (image.published() == null) {
                    Images.step(tx, id, new Step("publish", began, now()));
                }
            }
            Image decided = Images.settle(tx, id);
            if (decided.state() != State.PUBLISHED) {
                // a policy that became stricter, or an attempt that died after its copies
                shelf.hide(id);
            }
            return decided.state();
        });
    }

    /**
     * Takes an image back for good, also before it was published: the same bytes are blocked from now on and every object
     * of it is deleted. The state is committed first, so that a failure of the store leaves a withdrawal to be finished
     * ({@link #erase}, by repeating the call or by {@link #stuck}), never one to be forgotten.
     *
     * @param reason for the people who ask later; may be null
     * @throws Rejected {@code not-found}
     */
    public void withdraw(UUID id, String reason) {
        db.write(tx -> {
            withdraw(tx, lock(tx, id), reason);
            return Images.settle(tx, id);
        });
        erase(id);
    }

    private void withdraw(Tx tx, Image image, String reason) {
        if (image.withdrawn() == null) {
            Images.withdrawn(tx, image.id(), now(), reason == null || reason.isBlank() ? "No reason was given." : reason);
            if (image.sha256() != null) {
                bank(tx, image.sha256());
            }
        }
    }

    /** Leaves a tombstone in public and deletes every object of a withdrawn image; any other image is left alone. */
    public void erase(UUID id) {
        db.write(tx -> {
            Image image = lock(tx, id);
            if (image.state() == State.WITHDRAWN) {
                shelf.erase(id, image.withdrawn());
                Images.erased(tx, id, now());
            }
            return image;
        });
    }

    private static void bank(Tx tx, String sha256) {
        tx.query("select pg_advisory_xact_lock(?)", row -> null, BANK);
        tx.update("insert into bank (sha256, since) values (?, now()) on conflict do nothing", sha256);
    }

    private static boolean banked(Tx tx, String sha256) {
        return tx.one("select since from bank where sha256 = ?", row -> row.instant("since"), sha256).isPresent();
    }

    public Optional<ImageView> find(UUID id) {
        return db.read(tx -> Images.find(tx, id)).map(image -> image.view(links));
    }

    /** Newest first. */
    public ImageView.Page list(PageRequest page) {
        List<Image> images = db.read(tx -> Images.newest(tx, page));
        return new ImageView.Page(images.stream().limit(page.limit()).map(image -> image.view(links)).toList(),
                page.next(images, image -> new Cursor(image.created(), image.id().toString())));
    }

    /** @throws Rejected {@code not-found} */
    public Timeline timeline(UUID id) {
        return db.read(tx -> {
            Image image = Images.find(tx, id).orElseThrow(() -> unknown(id));
            return Timeline.of(id, image.trace(), Images.steps(tx, id));
        });
    }

    /** Keeps a message that nobody could process. Its image counts as failed until it is replayed, unless it had come to an end before. */
    public void bury(DeadLetter letter) {
        UUID id = letter.imageId();
        db.write(tx -> {
            if (id == null) {
                DeadLetters.upsert(tx, letter);
                return null;
            }
            Images.lockOrCreate(tx, id);
            DeadLetters.upsert(tx, letter);
            return Images.settle(tx, id);
        });
        if (id != null) {
            conceal(id);
        }
    }

    /** Newest first, replayed ones too; the request's state is not looked at. */
    public DeadLetter.Page deadLetters(PageRequest page) {
        List<DeadLetter> letters = db.read(tx -> DeadLetters.newest(tx, page));
        return new DeadLetter.Page(letters.stream().limit(page.limit()).toList(),
                page.next(letters, letter -> new Cursor(letter.first(), letter.id())));
    }

    public Optional<DeadLetter> deadLetter(String id) {
        return db.read(tx -> DeadLetters.find(tx, id));
    }

    /**
     * To be called after the broker confirmed the message's new publication.
     *
     * @return what the image asks for, now that it no longer counts as failed
     * @throws Rejected {@code not-found}
     */
    public Next markReplayed(String letterId) {
        return db.write(tx -> {
            DeadLetter letter = DeadLetters.find(tx, letterId).orElseThrow(() -> new Rejected(Code.NOT_FOUND,
                    "There is no dead letter with this id. The list of dead letters has those there are."));
            if (letter.imageId() == null) {
                DeadLetters.replayed(tx, letterId);
                return Next.NOTHING;
            }
            Images.lockOrCreate(tx, letter.imageId());
            DeadLetters.replayed(tx, letterId);
            Image image = Images.settle(tx, letter.imageId());
            return image.state() == State.SCANNED && image.decidable() ? Next.PUBLISH : Next.NOTHING;
        });
    }

    /**
     * The events to publish again for images that made no progress for so long. An image is named once and then again only
     * after twice the time, so that a long queue is not made longer by its own sweepings.
     */
    public List<Event> stuck(Duration olderThan) {
        return db.write(tx -> Images.nudge(tx, olderThan, NUDGES)).stream().flatMap(image -> image.lastEvent().stream()).toList();
    }

    /** The states of those that are known: objects of an id that is not among them, or of a state that needs none, can go. */
    public Map<UUID, State> references(Collection<UUID> ids) {
        return db.read(tx -> Images.states(tx, ids));
    }

    /** Nothing of an image that is not published may stay in public, not even from an attempt that died before its commit. */
    private void conceal(UUID id) {
        db.write(tx -> {
            Image image = lock(tx, id);
            if (image.state() != State.PUBLISHED && image.state() != State.WITHDRAWN) {
                shelf.hide(id);
            }
            return image;
        });
    }

    private static Image lock(Tx tx, UUID id) {
        return Images.lock(tx, id).orElseThrow(() -> unknown(id));
    }

    private static Rejected unknown(UUID id) {
        return new Rejected(Code.NOT_FOUND, "There is no image " + id + ". Use the id that the upload answered.");
    }

    /** To the millisecond, as JSON and the database both keep it. */
    private static Instant now() {
        return Instant.now().truncatedTo(MILLIS);
    }
}

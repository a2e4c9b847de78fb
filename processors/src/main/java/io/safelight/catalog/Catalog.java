package io.safelight.catalog;

import static java.time.temporal.ChronoUnit.MILLIS;

import io.safelight.catalog.Db.Tx;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Policy;
import io.safelight.model.State;
import io.safelight.model.Step;
import io.safelight.model.Variant;
import io.safelight.store.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Hears every event, keeps what is known of each image, decides, publishes and withdraws. Every method may be called twice,
 * from several processes and in any order; a failed call changed nothing or is completed by the next one.
 *
 * <p>Locks are taken in one order, the image's row and then the bank, and held while the store is asked, so a process needs
 * as many database connections as it publishes and withdraws images at the same time.
 */
public final class Catalog {
    /** Of the banks, looked into at once. */
    private static final int CHANGES = 50;
    /** Enough for one sweep; the rest is told at the next. */
    private static final int NUDGES = 500;
    /** Scans in a row that find no master, until a person is to look. */
    private static final int MOST_MISSES = 5;

    private final Db db;
    private final Shelf shelf;
    private final Policy policy;
    private final Linker links;
    private final Banks banks;
    private final Reconciliations reconciliations;
    private final DeadLetters deadLetters;
    private final CatalogListener listener;

    /** The schema is expected to be there: Flyway brings it, from {@code db/migration}. */
    public Catalog(DataSource database, ObjectStore privateBucket, ObjectStore publicBucket, Policy policy, Linker links, CatalogListener listener) {
        this.db = new Db(database, listener);
        this.shelf = new Shelf(privateBucket, publicBucket);
        this.policy = policy;
        this.links = links;
        this.banks = new Banks(db, policy);
        this.reconciliations = new Reconciliations(db, shelf, this, policy.asksForAccounts());
        this.deadLetters = new DeadLetters(db);
        this.listener = listener;
    }

    public Banks banks() {
        return banks;
    }

    public Reconciliations reconciliations() {
        return reconciliations;
    }

    public DeadLetters deadLetters() {
        return deadLetters;
    }

    /** Writes down what an event says. @throws io.safelight.error.Fault where the event cannot be true as it stands */
    public Next record(Event event) {
        Events.check(event);
        UUID id = event.id();
        Optional<Next> instead = missesMaster(event) ? withoutMaster(event) : Optional.empty();
        if (instead.isPresent()) {
            return instead.get();
        }
        Image image = db.write(tx -> {
            Image before = Images.lockOrCreate(tx, id);
            if (before.withdrawn() == null) {
                write(tx, before, event);
            } else if (event.fact() instanceof Fact.Accepted fact && before.sha256() == null) {
                // withdrawn before the original's sha256 was known; other bytes that come later under the id are not what was withdrawn
                Images.accepted(tx, id, event.sha256(), fact);
                banks.withdrawn(tx, Images.find(tx, id).orElseThrow(), before.withdrawReason());
            } else if (event.fact() instanceof Fact.Rendered fact && before.rendered() == null && fact.pdq() != null) {
                // withdrawn before it was known what it looks like
                banks.withdrawn(tx, fact.pdq(), before.withdrawReason());
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

    private void write(Tx tx, Image before, Event event) {
        UUID id = event.id();
        Images.trace(tx, id, event.trace());
        if (event.step() != null) {
            Images.step(tx, id, event.step());
        }
        switch (event.fact()) {
            case Fact.Accepted fact -> Images.accepted(tx, id, event.sha256(), fact);
            case Fact.Rendered fact -> Images.rendered(tx, id, event.sha256(), fact);
            case Fact.Scanned fact -> {
                Images.scanned(tx, id, event.sha256(), fact, event.step() == null ? now() : event.step().to());
                Redecisions.scanned(tx, id);
                if (before.misses() > 0) {
                    Images.found(tx, id);
                }
            }
            case Fact.Refused fact -> Images.rejected(tx, id, fact.problem().code() + ": " + fact.problem().detail());
            case Fact.Withdrawn fact -> withdraw(tx, Images.find(tx, id).orElseThrow(), null, null);
            // only the publish transaction makes it so
            case Fact.Published fact -> { }
        }
    }

    /** Whether a model found no master to look at. */
    private static boolean missesMaster(Event event) {
        return event.fact() instanceof Fact.Refused refused && Code.NOT_FOUND.slug().equals(refused.problem().code())
                && event.step() != null && event.step().name().equals("scan");
    }

    /** What is done rather than to reject an image for good whose master is lost; empty where it is withdrawn, or nothing can be made of it any more. */
    private Optional<Next> withoutMaster(Event event) {
        UUID id = event.id();
        Optional<Image> known = db.read(tx -> Images.find(tx, id));
        if (known.filter(image -> image.withdrawn() != null).isPresent()) {
            return Optional.empty();
        }
        Optional<String> master = shelf.master(id);
        if (master.isPresent()) {
            // of another one its own events tell
            return Optional.of(known.filter(image -> master.get().equals(image.masterSha256())).isPresent() ? again(event, Next.SCAN, """
                    Moderation found no master of image %s %d times, and metadata sees it in %s: they do not look into the same store. Check \
                    safelight.store.* of both, then replay this.""") : Next.NOTHING);
        }
        if (shelf.hasOriginal(id)) {
            return Optional.of(known.filter(image -> image.accepted() != null).isPresent() ? again(event, Next.PROCESS, """
                    The master of image %s was missing at %d scans, although it was made anew after each: something deletes it, or processing does not \
                    write into %s. Check the bucket's lifecycle rules and safelight.store.* of both, then replay this.""") : Next.NOTHING);
        }
        if (known.filter(image -> image.state() == State.PUBLISHED || image.state() == State.BLOCKED).isPresent()) {
            throw new Fault("""
                    No model can look at image %s: neither its master nor its original is in the object store. It stays as it is; restore them from a \
                    backup, or withdraw it.""".formatted(id));
        }
        return Optional.empty();
    }

    /** What the scan asks for, and a fault once that was in vain so often; counted anew after it, for its replay. @param fault takes image, times and bucket */
    private Next again(Event event, Next next, String fault) {
        int misses = db.write(tx -> {
            Images.step(tx, event.id(), event.step());
            return Images.missed(tx, event.id(), MOST_MISSES);
        });
        if (misses == 0) {
            throw new Fault(fault.formatted(event.id(), MOST_MISSES, shelf.hiddenBucket()));
        }
        return next;
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
     * decided yet, or no more, is left as it is; so is one that would be shown while its master is made anew, as the events of
     * the new one decide. Staged objects are left too: until this call's message is acked it may come again and need them.
     * Lifecycle sweeps them.
     *
     * @throws Rejected {@code not-found}
     */
    public State publish(UUID id) {
        return bringInLine(id).state();
    }

    /** @param outdated whether nothing was done because the master is not the one that was scanned any more */
    private record Outcome(State state, boolean outdated) {}

    private Outcome bringInLine(UUID id) {
        Instant began = now();
        List<Runnable> news = new ArrayList<>();
        Outcome outcome = db.write(tx -> {
            Image image = lock(tx, id);
            Fence fence = Images.fence(tx);
            Optional<Decision> taken = decide(tx, image);
            boolean clear = taken.filter(decision -> decision.verdict() == Verdict.CLEAR).isPresent();
            Optional<Instant> shown = clear ? shelf.show(id, image.trace(), image.published() != null ? image.published() : now(), image.variants(), fence,
                    image.decision() == null, tx::check) : Optional.empty();
            boolean outdated = clear && shown.isEmpty();
            if (taken.isEmpty() || outdated) {
                // an attempt that had lost its lock may have written its manifest after a stricter decision
                if (image.state() != State.PUBLISHED && image.state() != State.WITHDRAWN) {
                    shelf.hide(id, began, fence);
                }
                return new Outcome(image.state(), outdated);
            }
            Decision decision = taken.get();
            if (!decision.equals(image.decision())) {
                Images.decided(tx, id, decision);
                Audit.decided(tx, image, decision);
                if (image.decision() == null || decision.verdict() != image.decision().verdict() || !Objects.equals(decision.rule(), image.decision().rule())) {
                    news.add(() -> listener.decided(decision));
                }
            }
            if (clear) {
                Images.published(tx, id, shown.get());
                if (image.published() == null) {
                    Step step = new Step("publish", began, now());
                    Images.step(tx, id, step);
                    news.add(() -> listener.published(image.variants().stream().mapToLong(Variant::bytes).sum()));
                    if (image.decision() == null) {
                        Instant upload = Images.steps(tx, id).getFirst().from();
                        news.add(() -> listener.firstPublished(Duration.between(upload, step.to())));
                    }
                }
            } else if (decision.verdict() == Verdict.BLOCK) {
                Images.published(tx, id, null);
            }
            Image decided = Images.settle(tx, id);
            if (decided.state() != State.PUBLISHED) {
                // a policy that became stricter, a hash that was banked, or an attempt that died after its copies
                shelf.hide(id, began, fence);
            }
            return new Outcome(decided.state(), false);
        });
        news.forEach(Runnable::run);
        return outcome;
    }

    /** Empty where there is nothing to decide yet, or any more. Keeps the banks as they are until the transaction ends. */
    private Optional<Decision> decide(Tx tx, Image image) {
        if (image.decidable()) {
            Banks.shared(tx);
            return Optional.of(decideSeen(tx, image));
        }
        // a published image whose new master no model has looked at yet stays public, unless its picture is known
        if (image.state() != State.PUBLISHED || image.rendered() == null || image.accepted() == null) {
            return Optional.empty();
        }
        Banks.shared(tx);
        return Optional.of(policy.decideByBanks(image.evidence(banks.matches(tx, image, 0)))).filter(decision -> decision.verdict() == Verdict.BLOCK);
    }

    private Decision decideSeen(Tx tx, Image image) {
        if (banks.withdrawn(tx, image.sha256())) {
            return new Decision(Verdict.BLOCK, Banks.WITHDRAWN, "The same bytes were withdrawn before.", 1, List.of());
        }
        Image.Override person = image.override();
        if (person == null) {
            return policy.decide(image.evidence(banks.matches(tx, image, 0)));
        }
        // a person has seen it: only what was banked since then can block it
        Decision banked = policy.decideByBanks(image.evidence(banks.matches(tx, image, person.banks())));
        return banked.verdict() == Verdict.BLOCK ? banked : person.decision();
    }

    /** Of what can be shown of the image now, for {@link #override}. */
    public Optional<String> version(UUID id) {
        return db.read(tx -> Images.find(tx, id)).map(Held::version);
    }

    /**
     * A person's decision on an image that was looked at, whatever the rules say. It stands until the image is made anew, or the
     * picture is banked later.
     *
     * @param version of what the person was shown; null where that does not matter
     * @return the state it led to
     * @throws Rejected {@code not-found}; {@code conflict} where there is nothing to decide yet, or any more, or its master is made anew, or another
     *     person decided or it was made anew since it was shown
     */
    public State override(UUID id, String version, Verdict verdict, String reason, String reviewer) {
        db.write(tx -> {
            Image image = lock(tx, id);
            if (version != null && !version.equals(Held.version(image))) {
                throw new Rejected(Code.CONFLICT, "The image was decided meanwhile, or made anew, and is %s now. Load the page again, and decide by what it shows then."
                        .formatted(image.state().slug()));
            }
            if (!image.decidable()) {
                throw new Rejected(Code.CONFLICT, "The image is %s, and cannot be decided in this state.".formatted(image.state().slug()));
            }
            Banks.shared(tx);
            Image.Override override = new Image.Override(verdict, reason, reviewer, now(), Banks.version(tx));
            Images.overridden(tx, id, image.masterSha256(), override);
            Audit.overridden(tx, id, override);
            // should this process die before it is done, or told of
            Redecisions.overridden(tx, id, image.state());
            return image;
        });
        Outcome outcome = bringInLine(id);
        if (outcome.outdated()) {
            throw new Rejected(Code.CONFLICT, "The image was made anew, and is not shown before the models have looked at the new master. Decide again then.");
        }
        return outcome.state();
    }

    /** The world was told that the image is public. Else {@link #redecide} has it told. */
    public void told(UUID id) {
        db.write(tx -> {
            Redecisions.told(tx, id);
            return null;
        });
    }

    /**
     * The images that wait for a person: those held back, and those that were published before a later decision asked for one.
     *
     * @param byRisk the riskiest first, and then in one page; else the longest waiting first
     */
    public Held.Page held(boolean byRisk, PageRequest page) {
        List<Image> images = db.read(tx -> Images.held(tx, byRisk, page));
        return new Held.Page(images.stream().limit(page.limit()).map(Held::of).toList(),
                byRisk ? null : page.next(images, image -> new Cursor(image.held(), image.id().toString())));
    }

    /** The event that names the original. @throws Rejected {@code not-found} */
    public Event accepted(UUID id) {
        return db.read(tx -> Images.find(tx, id)).filter(i -> i.accepted() != null).orElseThrow(() -> unknown(id)).acceptedEvent();
    }

    /** The event that names the master. @throws Rejected {@code not-found} */
    public Event master(UUID id) {
        Image image = db.read(tx -> Images.find(tx, id)).filter(i -> i.rendered() != null && i.withdrawn() == null)
                .orElseThrow(() -> new Rejected(Code.NOT_FOUND, "There is no picture of this image: it was not rendered yet, or is withdrawn."));
        return image.renderedEvent();
    }

    /**
     * Has every image decided again that a decision may still change, as the policy is now.
     *
     * @param scan whether the models shall look at each again instead, and it be decided when they have
     */
    public Redecisions.Count rescan(boolean scan, String by) {
        return db.write(tx -> {
            Audit.rescan(tx, by, Map.of("scan", scan));
            if (scan) {
                Redecisions.scanAll(tx);
            } else {
                Redecisions.all(tx);
            }
            return Redecisions.count(tx);
        });
    }

    /** How many images, and changes of banks, wait for images to be decided again. */
    public Redecisions.Count redecisions() {
        return db.read(Redecisions::count);
    }

    /**
     * What is to be done again with an image.
     *
     * @param before   its state until now, or until an earlier attempt that may have published it and told nobody; null where it is to be looked at
     * @param rendered the event that has it looked at again; null where it is to be decided
     * @param since    to be handed back to {@link #redecided}
     */
    public record Redecision(UUID id, String trace, State before, Event rendered, Instant since) {}

    /** Takes some of those that wait; what is not reported as done is told again after some minutes, a few times. */
    public List<Redecision> redecide(int limit) {
        // each in a transaction of its own, as each may look through every picture
        for (int changes = 0; changes < CHANGES && db.write(tx -> Redecisions.expand(tx, policy.banks())); changes++) { }
        return db.write(tx -> Stream.concat(
                Redecisions.takeDecisions(tx, limit).stream().map(taken -> redecision(tx, taken, false)),
                Redecisions.takeScans(tx).stream().map(taken -> redecision(tx, taken, true))).toList());
    }

    private static Redecision redecision(Tx tx, Redecisions.Taken taken, boolean scan) {
        Image image = Images.find(tx, taken.id()).orElseThrow();
        return new Redecision(taken.id(), image.trace(), taken.before(), scan && image.rendered() != null ? image.renderedEvent() : null, taken.since());
    }

    /** Of one that is looked at again its evidence tells, when it comes. */
    public void redecided(Redecision done) {
        if (done.rendered() == null) {
            db.write(tx -> {
                Redecisions.decided(tx, done.id(), done.since());
                return null;
            });
        }
    }

    /** Newest first. @param image null for all, and for what concerns no single one */
    public Audit.Page audit(UUID image, PageRequest page) {
        List<Audit.Entry> entries = db.read(tx -> Audit.newest(tx, image, page));
        return new Audit.Page(entries.stream().limit(page.limit()).toList(),
                page.next(entries, entry -> new Cursor(entry.at(), Long.toString(entry.seq()))));
    }

    /**
     * Takes an image back for good, also before it was published: the same bytes are blocked from now on and every object
     * of it is deleted. The state is committed first, so that a failure of the store leaves a withdrawal to be finished
     * ({@link #erase}, by repeating the call or by {@link #stuck}), never one to be forgotten.
     *
     * @param reason for the people who ask later; may be null
     * @param by     the person who asks for it; null where none does
     * @throws Rejected {@code not-found}
     */
    public void withdraw(UUID id, String reason, String by) {
        db.write(tx -> {
            withdraw(tx, lock(tx, id), reason, by);
            return Images.settle(tx, id);
        });
        erase(id);
    }

    /** As {@link #withdraw(UUID, String, String)}, asked for by no person. */
    public void withdraw(UUID id, String reason) {
        withdraw(id, reason, null);
    }

    private void withdraw(Tx tx, Image image, String reason, String by) {
        if (image.withdrawn() == null) {
            String why = reason == null || reason.isBlank() ? "No reason was given." : reason;
            Images.withdrawn(tx, image.id(), now(), why);
            Audit.withdrawn(tx, image.id(), why, by);
            banks.withdrawn(tx, image, why);
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

    public Optional<ImageView> find(UUID id) {
        return db.read(tx -> Images.find(tx, id)).map(image -> image.view(links));
    }

    /** Newest first. Of what is looked for by name a page may hold few or none although there are more: it ends where enough was looked through. */
    public ImageView.Page list(PageRequest page) {
        return db.read(tx -> {
            List<Image> images = Images.newest(tx, page);
            String next = page.next(images, image -> new Cursor(image.created(), image.id().toString()));
            return new ImageView.Page(images.stream().limit(page.limit()).map(image -> image.view(links)).toList(),
                    next == null && page.find() != null ? Images.lookedThrough(tx, page).map(Cursor::encode).orElse(null) : next);
        });
    }

    /** @throws Rejected {@code not-found} */
    public Timeline timeline(UUID id) {
        return db.read(tx -> {
            Image image = Images.find(tx, id).orElseThrow(() -> unknown(id));
            return Timeline.of(id, image.trace(), Images.steps(tx, id), image.awaited(), now());
        });
    }

    /**
     * Keeps a message that nobody could process, whether the object store answers or not. Its image counts as failed until it is replayed,
     * unless it had come to an end before; what an attempt that died has made public of it is taken away by {@link #redecide}.
     *
     * @return the id under which it is kept
     */
    public String bury(DeadLetter letter) {
        UUID id = letter.imageId();
        return db.write(tx -> {
            if (id == null) {
                return DeadLetters.bury(tx, letter);
            }
            Images.lockOrCreate(tx, id);
            String kept = DeadLetters.bury(tx, letter);
            Image image = Images.settle(tx, id);
            // what was never rendered was never shown
            if (image.rendered() != null && image.state() != State.PUBLISHED && image.state() != State.WITHDRAWN) {
                Redecisions.one(tx, id);
            }
            return kept;
        });
    }

    /**
     * The events to publish again for images that made no progress for so long. An image is named once and then again only
     * after twice the time, so that a long queue is not made longer by its own sweepings.
     */
    public List<Event> stuck(Duration olderThan) {
        return db.write(tx -> Images.nudge(tx, olderThan, NUDGES)).stream()
                .flatMap(image -> image.lastEvent().map(last -> orRenewed(image, last)).stream()).toList();
    }

    /** Where another master is there than the one that was scanned, and its events may never come: the event that has the image made anew. */
    Event orRenewed(Image image, Event last) {
        return image.state() == State.SCANNED && image.accepted() != null
                && shelf.master(image.id()).filter(present -> !present.equals(image.masterSha256())).isPresent() ? image.acceptedEvent() : last;
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
                shelf.hide(id, now(), Images.fence(tx));
            }
            return image;
        });
    }

    private static Image lock(Tx tx, UUID id) {
        return Images.lock(tx, id).orElseThrow(() -> unknown(id));
    }

    static Rejected unknown(UUID id) {
        return new Rejected(Code.NOT_FOUND, "There is no image " + id + ". Use the id that the upload answered.");
    }

    /** To the millisecond, as JSON and the database both keep it. */
    private static Instant now() {
        return Instant.now().truncatedTo(MILLIS);
    }
}

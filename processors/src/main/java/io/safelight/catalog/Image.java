package io.safelight.catalog;

import io.safelight.model.Decision;
import io.safelight.model.Event;
import io.safelight.model.Evidence;
import io.safelight.model.Fact;
import io.safelight.model.Seen;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * All that is known of an image; a fact that has not come is null.
 *
 * @param scanned  the newest scan of the present master
 * @param override a person's decision on the present master; null where nobody took one
 * @param held     since when a person is waited for; null while none is
 * @param failure  message of the newest open dead letter; else why one was given up
 * @param buried   whether it has an open dead letter
 * @param group    of that dead letter, else of the one that was given up last; null without either
 * @param decision null until policy has spoken
 * @param erased   null while a withdrawn image may have objects left
 * @param misses   scans in a row that found no master
 */
record Image(UUID id, State state, Instant created, String trace, String sha256, Fact.Accepted accepted, String masterSha256,
             Fact.Rendered rendered, Fact.Scanned scanned, String rejected, String failure, boolean buried, String group,
             Decision decision, Override override, Instant held, Instant published, Instant withdrawn, String withdrawReason, Instant erased, int misses) {

    /** What a person decided, and when. @param banks their newest version then */
    record Override(Decision.Verdict verdict, String reason, String reviewer, Instant at, long banks) {
        Decision decision() {
            return new Decision(verdict, reviewer + ": " + reason);
        }
    }

    State derived() {
        return State.derive(new State.Facts(accepted != null, rendered != null, scanned != null, rejected != null,
                failure != null, published != null, withdrawn != null, decision == null ? null : decision.verdict()));
    }

    private static final Set<State> DECIDABLE = EnumSet.of(State.SCANNED, State.REVIEW, State.PUBLISHED, State.BLOCKED);

    /** Whether policy and banks can speak. Without the original's sha256, which comes with acceptance, no bank can be asked. */
    boolean decidable() {
        return accepted != null && rendered != null && scanned != null && DECIDABLE.contains(state);
    }

    /** Evidence without a look of any model is of the picture alone. */
    Evidence evidence(Map<String, Evidence.Match> matches) {
        Set<String> models = scanned == null ? Set.of() : scanned.seen().stream().filter(seen -> !seen.shadow())
                .map(seen -> Seen.name(seen.model())).collect(Collectors.toSet());
        return new Evidence(scanned == null ? Map.of() : labels(), models, matches, accepted.source(), accepted.account());
    }

    /** What the deciding models saw, and as {@code model/label} what each did. Of a label that several know the highest counts, as no doubt of any of them may be lost. */
    private Map<String, Double> labels() {
        Map<String, Double> labels = new LinkedHashMap<>();
        for (boolean shadow : List.of(false, true)) {
            scanned.seen().stream().filter(seen -> seen.shadow() == shadow).forEach(seen -> seen.labels().forEach((label, probability) -> {
                if (!shadow) {
                    labels.merge(label, probability, Math::max);
                }
                // another version on trial does not speak for the one that decides
                labels.putIfAbsent(Seen.name(seen.model()) + "/" + label, probability);
            }));
        }
        return labels;
    }

    List<Variant> variants() {
        return rendered == null ? List.of() : rendered.variants();
    }

    /** The step that it waits for now, of the chain or by a person; empty where it came to rest. */
    Optional<String> awaited() {
        return switch (state) {
            case RECEIVED -> Optional.of("receive");
            case ACCEPTED -> Optional.of("process");
            case RENDERED -> Optional.of("scan");
            case SCANNED -> Optional.of("publish");
            case REVIEW -> Optional.of("review");
            // given up, it waits no more
            case FAILED -> buried ? Optional.of("replay") : Optional.empty();
            case PUBLISHED, REJECTED, BLOCKED, WITHDRAWN -> Optional.empty();
        };
    }

    /** The event whose consumer seems to have lost it. */
    Optional<Event> lastEvent() {
        return switch (state) {
            case ACCEPTED -> Optional.of(acceptedEvent());
            case RENDERED -> Optional.of(renderedEvent());
            case SCANNED -> Optional.of(event(scanned).withObject(Keys.master(id), masterSha256));
            case WITHDRAWN -> Optional.of(event(new Fact.Withdrawn()));
            default -> Optional.empty();
        };
    }

    /** The same; and of what is published and was made anew, the event that has its master looked at. */
    Optional<Event> pending() {
        return state == State.PUBLISHED && rendered != null && scanned == null ? Optional.of(renderedEvent()) : lastEvent();
    }

    Event acceptedEvent() {
        return event(accepted).withObject(Keys.raw(id), sha256);
    }

    Event renderedEvent() {
        return event(rendered).withObject(Keys.master(id), masterSha256);
    }

    Event event(Fact fact) {
        return Event.of(id, trace, fact, null);
    }

    ImageView view(Linker links) {
        Integer width = rendered != null ? (Integer) rendered.width() : accepted != null ? (Integer) accepted.width() : null;
        Integer height = rendered != null ? (Integer) rendered.height() : accepted != null ? (Integer) accepted.height() : null;
        return new ImageView(id, accepted == null ? null : accepted.name(), state, reason(),
                accepted == null ? null : accepted.format().contentType(), width, height,
                accepted == null ? null : (Long) accepted.bytes(), sha256,
                rendered == null ? null : rendered.blurhash(), rendered == null ? null : rendered.exif(),
                moderation(),
                variants().stream().filter(v -> !v.name().equals(Variant.SOURCE)).map(v -> new ImageView.VariantView(v.name(), v.format(), v.width(), v.height(), v.bytes(),
                        state == State.PUBLISHED ? links.url(id, v.name(), v.format()) : null)).toList(),
                created, published, state == State.FAILED ? group : null);
    }

    private ImageView.Moderation moderation() {
        Seen first = scanned == null ? null : scanned.seen().getFirst();
        return new ImageView.Moderation(decision == null ? null : decision.verdict(), decision == null ? null : decision.rule(),
                first == null ? null : first.labels(), first == null ? null : first.model(),
                scanned == null || scanned.seen().size() == 1 ? null : scanned.seen(),
                decision == null || decision.shadows().isEmpty() ? null : decision.shadows(),
                // what was banked later may have decided since
                override == null || !override.decision().equals(decision) ? null : override.reviewer());
    }

    private String reason() {
        return switch (state) {
            case REJECTED -> rejected;
            case REVIEW, BLOCKED -> decision.reason();
            case WITHDRAWN -> withdrawReason;
            case FAILED -> failure;
            default -> null;
        };
    }
}

package io.safelight.catalog;

import io.safelight.model.Decision;
import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.store.Keys;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * All that is known of an image; a fact that has not come is null.
 *
 * @param scanned  the newest scan of the present master
 * @param failure  message of the newest dead letter that was not replayed
 * @param decision null until policy has spoken
 * @param erased   null while a withdrawn image may have objects left
 */
record Image(UUID id, State state, Instant created, String trace, String sha256, Fact.Accepted accepted, String masterSha256,
             Fact.Rendered rendered, Fact.Scanned scanned, String rejected, String failure, Decision decision,
             Instant published, Instant withdrawn, String withdrawReason, Instant erased) {

    State derived() {
        return State.derive(new State.Facts(accepted != null, rendered != null, scanned != null, rejected != null,
                failure != null, published != null, withdrawn != null, decision == null ? null : decision.verdict()));
    }

    /** Whether policy and banks can speak. Without the original's sha256, which comes with acceptance, no bank can be asked. */
    boolean decidable() {
        return accepted != null && rendered != null && scanned != null
                && (state == State.SCANNED || state == State.REVIEW || state == State.PUBLISHED);
    }

    List<Variant> variants() {
        return rendered == null ? List.of() : rendered.variants();
    }

    /** The event whose consumer seems to have lost it. */
    Optional<Event> lastEvent() {
        return switch (state) {
            case ACCEPTED -> Optional.of(event(accepted).withObject(Keys.raw(id), sha256));
            case RENDERED -> Optional.of(event(rendered).withObject(Keys.master(id), masterSha256));
            case SCANNED -> Optional.of(event(scanned).withObject(Keys.master(id), masterSha256));
            case WITHDRAWN -> Optional.of(event(new Fact.Withdrawn()));
            default -> Optional.empty();
        };
    }

    private Event event(Fact fact) {
        return Event.of(id, trace, fact, null);
    }

    ImageView view(Linker links) {
        Integer width = rendered != null ? (Integer) rendered.width() : accepted != null ? (Integer) accepted.width() : null;
        Integer height = rendered != null ? (Integer) rendered.height() : accepted != null ? (Integer) accepted.height() : null;
        return new ImageView(id, state, reason(),
                accepted == null ? null : accepted.format().contentType(), width, height,
                accepted == null ? null : (Long) accepted.bytes(), sha256,
                rendered == null ? null : rendered.blurhash(), rendered == null ? null : rendered.exif(),
                new ImageView.Moderation(decision == null ? null : decision.verdict(),
                        scanned == null ? null : scanned.labels(), scanned == null ? null : scanned.model()),
                variants().stream().filter(v -> !v.name().equals(Variant.SOURCE)).map(v -> new ImageView.VariantView(v.name(), v.format(), v.width(), v.height(), v.bytes(),
                        state == State.PUBLISHED ? links.url(id, v.name(), v.format()) : null)).toList(),
                created, published);
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

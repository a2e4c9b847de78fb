package io.safelight.catalog;

import io.safelight.model.Decision.Shadow;
import io.safelight.model.Seen;
import io.safelight.model.State;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * An image that waits for a person.
 *
 * @param state   {@code review}; or {@code published}, where it was cleared before a later decision asked for a person
 * @param since   when it began to wait
 * @param risk    0 to 1
 * @param rule    that holds it back; null where the evidence is incomplete
 * @param preview where the picture is, blurred
 * @param version of what is shown here, for {@link Catalog#override}
 */
public record Held(UUID id, State state, Instant since, double risk, String rule, String reason, List<Seen> seen, List<Shadow> shadows,
                   String name, String source, String account, int width, int height, String blurhash, String preview, String version) {

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<Held> images, String next) {}

    static Held of(Image image) {
        return new Held(image.id(), image.state(), image.held(), image.decision().risk(), image.decision().rule(), image.decision().reason(),
                image.scanned().seen(), image.decision().shadows(), image.accepted().name(), image.accepted().source(), image.accepted().account(),
                image.rendered().width(), image.rendered().height(), image.rendered().blurhash(), "/api/review/" + image.id() + "/preview",
                version(image));
    }

    /** Another with each state, each master, and each decision of a person. */
    static String version(Image image) {
        String shown = "%s %s %s".formatted(image.state(), image.masterSha256(), image.override() == null ? null : image.override().at());
        return UUID.nameUUIDFromBytes(shown.getBytes(StandardCharsets.UTF_8)).toString();
    }
}

package io.safelight.catalog;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.safelight.model.Decision;
import io.safelight.model.Format;
import io.safelight.model.Seen;
import io.safelight.model.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * An image as the API tells it; what is not known is null.
 *
 * @param name   of the file, as it was sent
 * @param reason why it was rejected, held back, blocked, withdrawn or failed
 * @param width  of the upright original once it was rendered; before, as its header declares
 * @param sha256 of the original
 * @param deadLetterGroup where the dead letter is by which it failed; absent where it did not
 */
public record ImageView(UUID id, String name, State state, String reason, String contentType, Integer width, Integer height, Long bytes,
                        String sha256, String blurhash, Map<String, Map<String, String>> exif, Moderation moderation,
                        List<VariantView> variants, Instant createdAt, Instant publishedAt,
                        @JsonInclude(NON_NULL) String deadLetterGroup) {

    /**
     * @param rule     the rule that decided
     * @param labels   of the first model that counts
     * @param models   what each of several models saw; absent where there is one
     * @param shadows  what rules in shadow would have done; absent where there are none
     * @param reviewer who decided; absent where no person did
     */
    public record Moderation(Decision.Verdict decision, String rule, Map<String, Double> labels, String model,
                             @JsonInclude(NON_NULL) List<Seen> models, @JsonInclude(NON_NULL) List<Decision.Shadow> shadows,
                             @JsonInclude(NON_NULL) String reviewer) {}

    /** @param url null while the image is not published */
    public record VariantView(String name, Format format, int width, int height, long bytes, String url) {}

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<ImageView> images, String next) {}
}

package io.safelight.catalog;

import io.safelight.model.Decision;
import io.safelight.model.Format;
import io.safelight.model.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * An image as the API tells it; what is not known is null.
 *
 * @param reason why it was rejected, held back, blocked, withdrawn or failed
 * @param width  of the upright original once it was rendered; before, as its header declares
 * @param sha256 of the original
 */
public record ImageView(UUID id, State state, String reason, String contentType, Integer width, Integer height, Long bytes,
                        String sha256, String blurhash, Map<String, Map<String, String>> exif, Moderation moderation,
                        List<VariantView> variants, Instant createdAt, Instant publishedAt) {

    public record Moderation(Decision.Verdict decision, Map<String, Double> labels, String model) {}

    /** @param url null while the image is not published */
    public record VariantView(String name, Format format, int width, int height, long bytes, String url) {}

    /** @param next cursor of the page after this one; null on the last */
    public record Page(List<ImageView> images, String next) {}
}

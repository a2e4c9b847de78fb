package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Manifest;
import io.safelight.store.ObjectStore;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Answers requests for images from the public bucket. Nothing is answered, cached or not, without a manifest that is
 * believed at this moment. Safe for use by many threads.
 */
public final class Server {
    private final ObjectStore store;
    private final Links links;
    private final Manifests manifests;
    private final DiskCache cache;
    private final Duration maxAge;

    /**
     * @param publicBucket with an identity that can read it and nothing else
     * @param cacheFolder  emptied at start; of this process alone
     * @param cacheSize    bytes
     * @param manifestLife how long a manifest is believed
     * @param maxAge       that clients may keep an answer
     */
    public Server(ObjectStore publicBucket, Links links, Path cacheFolder, long cacheSize, Duration manifestLife, Duration maxAge) {
        this(publicBucket, links, cacheFolder, cacheSize, manifestLife, maxAge, System::nanoTime);
    }

    Server(ObjectStore publicBucket, Links links, Path cacheFolder, long cacheSize, Duration manifestLife, Duration maxAge, LongSupplier ticker) {
        this.store = publicBucket;
        this.links = links;
        this.manifests = new Manifests(publicBucket, manifestLife, ticker);
        this.cache = new DiskCache(cacheFolder, cacheSize);
        this.maxAge = maxAge;
    }

    /**
     * Headers and query parameters as they came, null where absent.
     *
     * @param format forces one format, whatever is accepted
     */
    public record Request(UUID id, String variant, String format, String accept, String ifNoneMatch, String exp, String kid,
                          String sig, Instant now) {}

    public sealed interface Answer {
        String etag();

        Duration maxAge();
    }

    /** @param body to be closed by whoever sends it */
    public record Found(InputStream body, String contentType, long bytes, String etag, Duration maxAge) implements Answer {}

    public record NotModified(String etag, Duration maxAge) implements Answer {}

    /**
     * @throws Rejected {@code bad-signature}, {@code bad-parameter}, {@code not-found}, {@code withdrawn}, {@code not-acceptable}
     * @throws io.safelight.error.Unavailable where the store does not answer and the manifest is not believed any more
     */
    public Answer serve(Request request) {
        Instant expiry = links.verify(Links.path(request.id(), request.variant()), request.exp(), request.kid(), request.sig(), request.now());
        Duration left = expiry == Instant.MAX ? maxAge : Duration.between(request.now(), expiry);
        Duration age = left.compareTo(maxAge) < 0 ? left : maxAge;

        Manifest.Entry entry = choose(request);
        String etag = '"' + entry.sha256() + '"';
        if (matches(request.ifNoneMatch(), etag)) {
            return new NotModified(etag, age);
        }
        try {
            return found(entry, etag, age);
        } catch (Rejected gone) {
            // withdrawn or rendered anew since its manifest was read
            manifests.doubt(request.id());
            Manifest.Entry now = choose(request);
            if (now.equals(entry)) {
                throw new Fault("The manifest of " + request.id() + " names " + entry.key() + ", which is not there. Publish the image again.", gone);
            }
            return found(now, '"' + now.sha256() + '"', age);
        }
    }

    private Found found(Manifest.Entry entry, String etag, Duration age) {
        InputStream body = cache.open(entry.sha256(), entry.bytes(), file -> store.getVerified(entry.key(), entry.sha256(), file));
        return new Found(body, entry.contentType(), entry.bytes(), etag, age);
    }

    private Manifest.Entry choose(Request request) {
        Manifest manifest = manifests.get(request.id()).orElseThrow(() -> new Rejected(Code.NOT_FOUND,
                "There is no such image, or it is not published. GET /api/images/" + request.id() + " tells its state."));
        if (manifest.withdrawn()) {
            throw new Rejected(Code.WITHDRAWN, "The image was withdrawn on " + manifest.withdrawnAt() + " and does not come back. Remove the link.");
        }
        Map<Format, Manifest.Entry> offered = manifest.variants().stream().filter(v -> v.name().equals(request.variant()))
                .collect(Collectors.toMap(Manifest.Entry::format, v -> v, (a, b) -> a, LinkedHashMap::new));
        if (offered.isEmpty()) {
            throw new Rejected(Code.NOT_FOUND, "The image has no variant of this name. It has: "
                    + manifest.variants().stream().map(Manifest.Entry::name).distinct().collect(Collectors.joining(", ")) + ".");
        }
        Optional<Format> chosen = request.format() == null || request.format().isEmpty()
                ? Accept.parse(request.accept()).best(offered.keySet())
                : Optional.of(format(request.format())).filter(offered::containsKey);
        return offered.get(chosen.orElseThrow(() -> new Rejected(Code.NOT_ACCEPTABLE, "The variant is available as "
                + offered.keySet().stream().map(Format::contentType).collect(Collectors.joining(", ")) + ". Accept one of these.")));
    }

    private static Format format(String slug) {
        return Arrays.stream(Format.values()).filter(f -> f.slug().equals(slug)).findFirst().orElseThrow(() -> new Rejected(
                Code.BAD_PARAMETER, "The format is one of avif, webp, jpeg, png."));
    }

    /** The weak comparison that RFC 9110 (13.1.2) asks for. */
    private static boolean matches(String ifNoneMatch, String etag) {
        return ifNoneMatch != null && List.of(ifNoneMatch.split(",")).stream().map(String::trim)
                .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }
}

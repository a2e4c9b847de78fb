package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.model.VariantSpec;
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
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
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
    private final Optional<OnTheFly> onTheFly;
    private final ServeListener listener;

    /**
     * @param publicBucket with an identity that can read it and nothing else
     * @param cacheFolder  emptied at start; of this process alone
     * @param cacheSize    bytes
     * @param manifestLife how long a manifest is believed
     * @param maxAge       that clients may keep an answer
     * @param onTheFly     empty where only variants are served
     * @param listener     hears of what is served
     */
    public Server(ObjectStore publicBucket, Links links, Path cacheFolder, long cacheSize, Duration manifestLife, Duration maxAge,
                  Optional<OnTheFly> onTheFly, ServeListener listener) {
        this(publicBucket, links, cacheFolder, cacheSize, manifestLife, maxAge, onTheFly, listener, System::nanoTime);
    }

    Server(ObjectStore publicBucket, Links links, Path cacheFolder, long cacheSize, Duration manifestLife, Duration maxAge,
           Optional<OnTheFly> onTheFly, ServeListener listener, LongSupplier ticker) {
        this.store = publicBucket;
        this.links = links;
        this.manifests = new Manifests(publicBucket, manifestLife, ticker);
        this.cache = new DiskCache(cacheFolder, cacheSize);
        this.maxAge = maxAge;
        this.onTheFly = onTheFly;
        this.listener = listener;
    }

    /**
     * Headers and query parameters as they came, null where absent.
     *
     * @param variant the name of one, or operations, as it stands in the address, nothing decoded
     * @param format  forces one format, whatever is accepted
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

        boolean signed = expiry != Instant.MAX;
        Choice choice = choose(request, signed);
        if (matches(request.ifNoneMatch(), choice.etag())) {
            return new NotModified(choice.etag(), age);
        }
        try {
            return found(request, choice, age);
        } catch (Rejected gone) {
            if (gone.code() != Code.NOT_FOUND) {
                throw gone;
            }
            // withdrawn or rendered anew since its manifest was read
            manifests.doubt(request.id());
            Choice now = choose(request, signed);
            if (now.key().equals(choice.key())) {
                throw new Fault("The manifest of " + request.id() + " names " + choice.from().key() + ", which is not there. Publish the image again.", gone);
            }
            return found(request, now, age);
        }
    }

    /**
     * What answers a request.
     *
     * @param manifest  of the image
     * @param key       of the bytes, in the cache and as the ETag
     * @param from      the published file that it is or is made of
     * @param bytes     0 where it has still to be made
     */
    private record Choice(Manifest manifest, String key, Manifest.Entry from, Format format, long bytes, Consumer<Path> fetch) {
        String etag() {
            return '"' + key + '"';
        }
    }

    private Found found(Request request, Choice choice, Duration age) {
        DiskCache.Opened opened = cache.open(choice.key(), choice.bytes(), choice.fetch());
        listener.served(choice.manifest(), opened.cached());
        return new Found(opened.body(), choice.format().contentType(), opened.bytes(), choice.etag(), age);
    }

    private Choice choose(Request request, boolean signed) {
        Manifest manifest = manifests.get(request.id()).orElseThrow(() -> new Rejected(Code.NOT_FOUND,
                "There is no such image, or it is not published. GET /api/images/" + request.id() + " tells its state."));
        if (manifest.withdrawn()) {
            throw new Rejected(Code.WITHDRAWN, "The image was withdrawn on " + manifest.withdrawnAt() + " and does not come back. Remove the link.");
        }
        if (manifest.takenDown()) {
            throw new Rejected(Code.WITHDRAWN, "The image was taken down on " + manifest.takenDownAt() + ". Remove the link, or ask who runs the site.");
        }
        List<Manifest.Entry> variants = manifest.variants().stream().filter(v -> !v.name().equals(Variant.SOURCE)).toList();
        Map<Format, Manifest.Entry> offered = variants.stream().filter(v -> v.name().equals(request.variant()))
                .collect(Collectors.toMap(Manifest.Entry::format, v -> v, (a, b) -> a, LinkedHashMap::new));
        if (!offered.isEmpty()) {
            return file(manifest, offered.get(negotiate(request, request.format(), offered.keySet())));
        }
        if (onTheFly.isPresent() && OnTheFly.isChain(request.variant())) {
            return made(onTheFly.get(), request, signed, manifest);
        }
        throw new Rejected(Code.NOT_FOUND, "The image has no variant of this name. It has: "
                + variants.stream().map(Manifest.Entry::name).distinct().collect(Collectors.joining(", ")) + ".");
    }

    private Choice file(Manifest manifest, Manifest.Entry entry) {
        return new Choice(manifest, entry.sha256(), entry, entry.format(), entry.bytes(), file -> store.getVerified(entry.key(), entry.sha256(), file));
    }

    private Choice made(OnTheFly maker, Request request, boolean signed, Manifest manifest) {
        VariantSpec wanted = maker.read(request.variant(), signed,
                (named, formats) -> negotiate(request, named == null ? request.format() : named, formats));
        Manifest.Entry source = manifest.source().orElseThrow(() -> new Rejected(Code.NOT_FOUND,
                "The image was published without a source, so nothing can be made of it; ask for one of its variants."));
        return new Choice(manifest, maker.key(source, wanted), source, wanted.formats().getFirst(), 0,
                file -> maker.make(source, wanted, original -> store.getVerified(source.key(), source.sha256(), original), file));
    }

    /** @param forced null or empty where the client's preference decides */
    private static Format negotiate(Request request, String forced, Set<Format> offered) {
        Optional<Format> chosen = forced == null || forced.isEmpty()
                ? Accept.parse(request.accept()).best(offered)
                : Optional.of(format(forced)).filter(offered::contains);
        return chosen.orElseThrow(() -> new Rejected(Code.NOT_ACCEPTABLE, "The variant is available as "
                + offered.stream().map(Format::contentType).collect(Collectors.joining(", ")) + ". Accept one of these."));
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

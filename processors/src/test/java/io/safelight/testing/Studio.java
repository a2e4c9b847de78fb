package io.safelight.testing;

import io.safelight.model.Event;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Perceptual;
import io.safelight.model.Seen;
import io.safelight.model.Step;
import io.safelight.model.Variant;
import io.safelight.pdq.PdqHash;
import io.safelight.store.Keys;
import io.safelight.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/** Writes what ingress and processing would have written of one image, and makes the events they would have sent. */
public final class Studio {
    public static final Map<String, Double> HARMLESS = Map.of("porn", 0.01);
    public static final Map<String, Double> DOUBTFUL = Map.of("porn", 0.5);
    public static final Map<String, Double> EXPLICIT = Map.of("porn", 0.9);
    private static final Instant NOON = Instant.parse("2025-06-01T12:00:00Z");

    public final UUID id;
    public final String trace = "0af7651916cd43dd8448eb211c80319c";
    public final String original;
    private final ObjectStore store;
    private Perceptual pdq;

    /** @param original stands for the bytes of the upload */
    public Studio(ObjectStore privateBucket, String original) {
        this.id = Ids.timeOrdered();
        this.store = privateBucket;
        this.original = original;
    }

    public Studio(ObjectStore privateBucket) {
        this(privateBucket, UUID.randomUUID().toString());
    }

    /** @param hashes of the picture as it is, and turned */
    public Studio looksLike(int quality, PdqHash... hashes) {
        pdq = new Perceptual(quality, Stream.of(hashes).map(PdqHash::toString).toList());
        return this;
    }

    public Event accepted() {
        store.put(Keys.raw(id), bytes(original), "image/jpeg");
        return Event.of(id, trace, new Fact.Accepted("a\0b.jpg", "http", Format.JPEG, original.length(), 40, 30, false, null), step("receive", 0, 2))
                .withObject(Keys.raw(id), sha256(bytes(original)));
    }

    public Event rendered() {
        return rendered("");
    }

    /** @param edition another one has another master and other variants */
    public Event rendered(String edition) {
        byte[] master = bytes("master" + edition + original);
        putMaster(master);
        List<Variant> variants = new ArrayList<>();
        for (Format format : List.of(Format.AVIF, Format.WEBP, Format.JPEG)) {
            byte[] pixels = bytes("thumb" + format + edition + original);
            String sha256 = sha256(pixels);
            String key = Variant.stagingKey(id, "thumb", sha256, format);
            store.put(key, pixels, format.contentType());
            variants.add(new Variant("thumb", format, 16, 12, pixels.length, sha256, key));
        }
        variants.add(Variant.source(id, Format.JPEG, 30, 40, master.length, sha256(master)));
        return Event.of(id, trace, new Fact.Rendered(30, 40, "LEHV6nWB2yk8", "#102030", Map.of("IFD0", Map.of("Make", "Nul\0Cam")),
                "libvips 8", variants, pdq), step("process", 5, 9)).withObject(Keys.master(id), sha256(master));
    }

    private void putMaster(byte[] master) {
        try {
            Path file = Files.write(Files.createTempFile("master", null), master);
            store.put(Keys.master(id), file, "image/jpeg", Map.of("sha256", sha256(master)));
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Event scanned() {
        return scanned(HARMLESS);
    }

    public Event scanned(Map<String, Double> labels) {
        return scanned("", labels);
    }

    public Event scanned(String edition, Map<String, Double> labels) {
        return scanned(edition, List.of(new Seen("toy@1", labels, false)));
    }

    /** By several models. */
    public Event scanned(List<Seen> seen) {
        return scanned("", seen);
    }

    private Event scanned(String edition, List<Seen> seen) {
        return Event.of(id, trace, new Fact.Scanned(seen), step("scan", 10, 12)).withObject(Keys.master(id), sha256(bytes("master" + edition + original)));
    }

    private static Step step(String name, int from, int to) {
        return new Step(name, NOON.plusSeconds(from), NOON.plusSeconds(to));
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

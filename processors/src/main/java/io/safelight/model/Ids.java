package io.safelight.model;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/** Image ids: time-ordered UUIDs, or name-based ones where a repeat must get the same id (RFC 9562). */
public final class Ids {
    /** Namespace of every name-based id, itself a random UUID fixed for good. */
    private static final UUID NAMESPACE = UUID.fromString("5d3a1c52-7c0e-4f2b-9a53-8a2f7f0e6b11");
    private static final Pattern CANONICAL = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** A UUIDv7: 48 bits of Unix milliseconds, then random bits. */
    public static UUID timeOrdered() {
        byte[] b = new byte[16];
        RANDOM.nextBytes(b);
        long millis = System.currentTimeMillis();
        for (int i = 5; i >= 0; i--, millis >>>= 8) {
            b[i] = (byte) millis;
        }
        return build(b, 7);
    }

    /** A UUIDv5 (SHA-1) over the parts, each with its length so that no two lists of parts run together. */
    public static UUID nameBased(String... parts) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(ByteBuffer.allocate(16).putLong(NAMESPACE.getMostSignificantBits())
                    .putLong(NAMESPACE.getLeastSignificantBits()).array());
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                sha1.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
                sha1.update(bytes);
            }
            return build(sha1.digest(), 5);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws Rejected {@code bad-id} unless the text is a UUID in canonical lower case, so that an id is also a safe key */
    public static UUID parse(String text) {
        if (text == null || !CANONICAL.matcher(text).matches()) {
            throw new Rejected(Code.BAD_ID, "An image id is a UUID in lower case, as the upload answered it.");
        }
        return UUID.fromString(text);
    }

    /** As {@link #parse}; null where there is no text. */
    public static UUID parseIfGiven(String text) {
        return text == null || text.isEmpty() ? null : parse(text);
    }

    /**
     * Ids separated by commas; none where there is no text.
     *
     * @throws Rejected {@code bad-id} for one that is none; {@code bad-parameter} for more than so many
     */
    public static List<UUID> parseAll(String text, int most) {
        String[] parts = text == null || text.isEmpty() ? new String[0] : text.split(",");
        if (parts.length > most) {
            throw new Rejected(Code.BAD_PARAMETER, "Ask for at most %d ids at a time.".formatted(most));
        }
        return Arrays.stream(parts).map(Ids::parse).toList();
    }

    private static UUID build(byte[] b, int version) {
        b[6] = (byte) (b[6] & 0x0f | version << 4);
        b[8] = (byte) (b[8] & 0x3f | 0x80);
        ByteBuffer buffer = ByteBuffer.wrap(b);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}

package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Addresses of served images, signed where keys are configured: HMAC-SHA256 (RFC 2104) over path, expiry and key id, each on
 * a line of its own. The first key signs and all verify, so a new key is put first and the old one is left until the last
 * link it signed has expired.
 */
public final class Links {
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    private static final int SHORTEST_SECRET = 16;

    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
    private final Duration life;

    /**
     * @param keys as {@code id:secret}; none means that links need no signature
     * @param life of the links that {@link #url} makes
     */
    public Links(List<String> keys, Duration life) {
        this.life = life;
        for (String key : keys) {
            String[] parts = key.trim().split(":", 2);
            if (parts.length < 2 || !KEY_ID.matcher(parts[0]).matches() || parts[1].length() < SHORTEST_SECRET) {
                throw new Fault("safelight.serving.keys holds an entry that is not id:secret with an id of letters, digits, "
                        + "'_' or '-' and a secret of at least " + SHORTEST_SECRET + " characters.");
            }
            byte[] secret = parts[1].getBytes(StandardCharsets.UTF_8);
            if (this.keys.putIfAbsent(parts[0], new SecretKeySpec(secret, "HmacSHA256")) != null) {
                throw new Fault("safelight.serving.keys names the id " + parts[0] + " twice.");
            }
        }
    }

    public static String path(UUID id, String variant) {
        return "/i/" + id + "/" + variant;
    }

    /** A link that works from now on, for one variant in one format. */
    public String url(UUID id, String variant, Format format) {
        String path = path(id, variant);
        String signature = sign(path, Instant.now().plus(life));
        return path + "?format=" + format.slug() + (signature.isEmpty() ? "" : "&" + signature);
    }

    /** The query that makes a path work until then: {@code exp=…&kid=…&sig=…}; empty where no keys are configured. */
    public String sign(String path, Instant expiry) {
        if (keys.isEmpty()) {
            return "";
        }
        String kid = keys.keySet().iterator().next();
        String exp = Long.toString(expiry.getEpochSecond());
        return "exp=" + exp + "&kid=" + kid + "&sig=" + signature(path, exp, kid);
    }

    /**
     * The parameters are those of the query, null where absent.
     *
     * @return when the link expires; far away where no keys are configured
     * @throws Rejected {@code bad-signature}
     */
    public Instant verify(String path, String exp, String kid, String sig, Instant now) {
        if (keys.isEmpty()) {
            return Instant.MAX;
        }
        boolean known = exp != null && kid != null && sig != null && keys.containsKey(kid) && exp.matches("[0-9]{1,12}");
        // compared in constant time: how long a refusal takes must not tell how much of a guess was right
        if (!known || !MessageDigest.isEqual(ascii(signature(path, exp, kid)), ascii(sig))
                || !now.isBefore(Instant.ofEpochSecond(Long.parseLong(exp)))) {
            throw new Rejected(Code.BAD_SIGNATURE, "The link is not signed by a key in use, was changed, or has expired. "
                    + "Ask the API for the image again: it answers a fresh link.");
        }
        return Instant.ofEpochSecond(Long.parseLong(exp));
    }

    private String signature(String path, String exp, String kid) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(keys.get(kid));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(ascii(path + "\n" + exp + "\n" + kid)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package io.safelight.store;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/** User metadata travels as HTTP headers, which carry visible ASCII only: everything else is percent-encoded UTF-8. */
public final class UserMetadata {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private UserMetadata() {}

    public static Map<String, String> encode(Map<String, String> metadata) {
        return metadata.entrySet().stream().filter(e -> e.getValue() != null)
                .collect(toUnmodifiableMap(Map.Entry::getKey, e -> encode(e.getValue())));
    }

    static Map<String, String> decode(Map<String, String> headers) {
        return headers.entrySet().stream().collect(toUnmodifiableMap(Map.Entry::getKey, e -> decode(e.getValue())));
    }

    private static String encode(String value) {
        StringBuilder text = new StringBuilder();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b <= '~' && b != '%') {
                text.append((char) b);
            } else {
                text.append('%').append(HEX.toHexDigits(b));
            }
        }
        return text.toString();
    }

    /** A percent sign that begins no pair of hex digits stands for itself: others write metadata too. */
    private static String decode(String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length; i++) {
            if (text[i] == '%' && i + 2 < text.length && HexFormat.isHexDigit(text[i + 1]) && HexFormat.isHexDigit(text[i + 2])) {
                bytes.write(HexFormat.fromHexDigit(text[i + 1]) << 4 | HexFormat.fromHexDigit(text[i + 2]));
                i += 2;
            } else {
                bytes.write(text[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The image formats we know by name; which are taken in and which are made is for {@code validate} and the engines to say. */
public enum Format {
    JPEG("image/jpeg", "jpg"),
    PNG("image/png", "png"),
    WEBP("image/webp", "webp"),
    AVIF("image/avif", "avif"),
    GIF("image/gif", "gif"),
    TIFF("image/tiff", "tiff"),
    BMP("image/bmp", "bmp"),
    HEIC("image/heic", "heic"),
    SVG("image/svg+xml", "svg");

    private final String contentType;
    private final String extension;

    Format(String contentType, String extension) {
        this.contentType = contentType;
        this.extension = extension;
    }

    public String contentType() {
        return contentType;
    }

    public String extension() {
        return extension;
    }

    /** The name in configuration, messages and the API: {@code jpeg}, {@code webp}, … */
    @JsonValue
    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether renditions are made in it. */
    public boolean isServed() {
        return this == JPEG || this == PNG || this == WEBP || this == AVIF;
    }

    /** @throws IllegalArgumentException for a name that is not in the list */
    @JsonCreator
    public static Format of(String slug) {
        return valueOf(slug.toUpperCase(Locale.ROOT));
    }

    /** By media type, parameters and case ignored; the common aliases of JPEG, BMP and HEIF are understood. */
    public static Optional<Format> ofContentType(String contentType) {
        if (contentType == null) {
            return Optional.empty();
        }
        String type = contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        String known = switch (type) {
            case "image/jpg", "image/pjpeg" -> "image/jpeg";
            case "image/x-ms-bmp", "image/x-bmp" -> "image/bmp";
            case "image/heif" -> "image/heic";
            default -> type;
        };
        return Arrays.stream(values()).filter(f -> f.contentType.equals(known)).findFirst();
    }
}

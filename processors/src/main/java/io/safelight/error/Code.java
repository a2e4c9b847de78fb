package io.safelight.error;

/** Every fault a caller can meet. The slug is stable and part of the API; the status is what HTTP says about it. */
public enum Code {
    // the request
    EMPTY_BODY(400, "The upload is empty"),
    MALFORMED_REQUEST(400, "The request cannot be read"),
    UPLOAD_INCOMPLETE(400, "The upload broke off"),
    NO_FILE(400, "No file in the request"),
    BAD_ID(400, "Not an image id"),
    BAD_PARAMETER(400, "A parameter is wrong"),
    BAD_SIGNATURE(403, "The link is not signed, or its signature has expired"),
    FOREIGN_PAGE(403, "A page of another site asked for this"),
    NOT_FOUND(404, "Not found"),
    WITHDRAWN(410, "The image was withdrawn"),
    NOT_ACCEPTABLE(406, "None of the accepted formats is available"),
    CONFLICT(409, "Not possible in this state"),
    TOO_LARGE(413, "The upload is too large"),
    UNSUPPORTED_TYPE(415, "This kind of file is not accepted"),
    TYPE_MISMATCH(415, "The content is not what its type says"),
    // the image
    ID_REUSED(422, "The same id was used for other bytes"),
    BROKEN_IMAGE(422, "The image is damaged or cut short"),
    TOO_MANY_PIXELS(422, "The image would be too large once decoded"),
    TOO_MANY_FRAMES(422, "The image has too many frames"),
    UNSAFE_SVG(422, "The drawing holds what is not drawn here"),
    UNDECODABLE(422, "The image cannot be decoded here"),
    HIDDEN_CONTENT(422, "The file carries something besides the image"),
    // ours
    UNAVAILABLE(503, "A service needed for this is not available"),
    OUT_OF_MEMORY(503, "Not enough memory was left"),
    BUSY(503, "Too much work is waiting"),
    INTERNAL(500, "Something went wrong on our side");

    private final int status;
    private final String title;

    Code(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** The stable name used in problem documents, such as {@code too-many-pixels}. */
    public String slug() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** @throws IllegalArgumentException for a slug that is not in the vocabulary */
    public static Code ofSlug(String slug) {
        return valueOf(slug.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
    }
}

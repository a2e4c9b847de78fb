package io.safelight.camel;

/** Exchange properties that a route's steps share, and the headers of our messages. */
final class Properties {
    /** {@link io.safelight.model.Event} being worked on. */
    static final String EVENT = "event";
    /** {@link java.util.UUID} of the image. */
    static final String IMAGE = "image-id";
    /** 32 hex digits. */
    static final String TRACE = "trace";
    /** {@link java.time.Instant} at which the work on the message or request began. */
    static final String STARTED = "started";
    /** Name of the queue a message came from. */
    static final String QUEUE = "queue";
    /** {@link io.safelight.intake.Upload} being taken in. */
    static final String UPLOAD = "upload";
    /** {@code http}, or the SFTP server's address. */
    static final String SOURCE = "source";

    /** Who sent the upload, as the gateway says; null where nothing does. */
    static final String ACCOUNT = "account";

    /** Header: how often the message has been tried before; absent on the first try. */
    static final String ATTEMPT = "attempt";

    private Properties() {}
}

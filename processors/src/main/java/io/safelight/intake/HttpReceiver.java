package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.streams.Pipe;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Takes the files out of an HTTP request whose body has not been read yet: one raw body, or the parts of
 * {@code multipart/form-data} that carry the wanted field's name. Buffers go from the socket to the disk one by one.
 */
public final class HttpReceiver {
    /** Time for the answer to reach a client that is still sending, before its connection is closed under it. */
    private static final long LINGER_MS = 1_000;
    private static final long MULTIPART_OVERHEAD = 64 * 1024;

    private static final Pattern BOUNDARY = Pattern.compile(";\\s*boundary\\s*=\\s*\"?[^\\s\";]", Pattern.CASE_INSENSITIVE);

    private final long maxBytes;
    private final int maxFiles;
    private final Duration idleTimeout;

    public HttpReceiver(long maxBytes, int maxFiles, Duration idleTimeout) {
        this.maxBytes = maxBytes;
        this.maxFiles = maxFiles;
        this.idleTimeout = idleTimeout;
    }

    /**
     * Blocks until the request has ended. Call from a worker thread of the request's context, the request paused.
     *
     * @param field  name of the multipart field that holds files
     * @param folder where the files go; the caller deletes it
     * @return at least one upload, each with at least one byte
     * @throws Rejected    where the request is at fault
     * @throws Unavailable where the disk is
     */
    public List<Upload> receive(HttpServerRequest request, String field, Path folder) {
        long announced = announcedLength(request);
        boolean multipart = mediaType(request).equals("multipart/form-data");
        Reception reception = new Reception(request, field, folder);
        try {
            if (announced > maxBytes + (multipart ? MULTIPART_OVERHEAD : 0)) {
                throw reception.allowance.exceeded();
            }
            if (multipart && !BOUNDARY.matcher(request.getHeader(HttpHeaders.CONTENT_TYPE)).find()) {
                throw new Rejected(Code.MALFORMED_REQUEST, "The Content-Type of a multipart body has to name its boundary.");
            }
            List<Upload> uploads = reception.run(multipart).toCompletionStage().toCompletableFuture().join();
            if (uploads.isEmpty()) {
                throw new Rejected(Code.NO_FILE, "Send the image in the multipart field '%s'.".formatted(field));
            }
            return uploads;
        } catch (CompletionException | SafelightException e) {
            reception.abandon();
            throw asFault(e instanceof CompletionException ? e.getCause() : e);
        }
    }

    private static SafelightException asFault(Throwable cause) {
        return switch (cause) {
            case SafelightException known -> known;
            case io.vertx.core.file.FileSystemException e -> new Unavailable("The upload could not be written to disk.", e);
            case io.netty.handler.codec.DecoderException e ->
                    new Rejected(Code.MALFORMED_REQUEST, "The multipart body cannot be read; check its boundary and the length of its headers and fields.", e);
            default -> new Rejected(Code.UPLOAD_INCOMPLETE, "The upload broke off; send it again.", cause);
        };
    }

    private static long announcedLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? -1 : Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The Content-Length header is not a number.");
        }
    }

    private static String mediaType(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(java.util.Locale.ROOT);
    }

    /** One request being read. All of it but {@link #run} and {@link #abandon} happens on the request's event loop. */
    private final class Reception {
        private final HttpServerRequest request;
        private final String field;
        private final Path folder;
        private final Vertx vertx;
        private final Context context = Vertx.currentContext();
        private final Instant started = Instant.now();
        private final Allowance allowance = new Allowance(maxBytes);
        private final Promise<List<Upload>> done = Promise.promise();
        private final List<Future<Upload>> parts = new ArrayList<>();

        Reception(HttpServerRequest request, String field, Path folder) {
            if (context == null) {
                throw new IllegalStateException("not on a thread of the request's context");
            }
            this.request = request;
            this.field = field;
            this.folder = folder;
            this.vertx = context.owner();
        }

        Future<List<Upload>> run(boolean multipart) {
            context.runOnContext(v -> {
                try {
                    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
                        request.response().writeContinue();
                    }
                    watchForSilence();
                    if (multipart) {
                        readParts();
                        request.resume();
                    } else {
                        // the pipe resumes the request once the file is open; before that, a short body would pass unread
                        save(request.pipe(), null, request.getHeader(HttpHeaders.CONTENT_TYPE))
                                .map(List::of).onComplete(this::finish);
                    }
                } catch (RuntimeException e) {
                    done.tryFail(e);
                }
            });
            return done.future();
        }

        private void finish(io.vertx.core.AsyncResult<List<Upload>> result) {
            if (result.succeeded()) {
                done.tryComplete(result.result());
            } else {
                done.tryFail(result.cause());
            }
        }

        private void readParts() {
            request.setExpectMultipart(true);
            request.uploadHandler(part -> {
                if (!part.name().equals(field)) {
                    part.handler(buffer -> {
                        if (!allowance.take(buffer.length())) {
                            done.tryFail(allowance.exceeded());
                        }
                    });
                    return;
                }
                if (parts.size() == maxFiles) {
                    done.tryFail(new Rejected(Code.MALFORMED_REQUEST, "Send at most %d files in one request.".formatted(maxFiles)));
                    return;
                }
                parts.add(save(part.pipe(), part.filename(), part.contentType()).onFailure(done::tryFail));
            });
            request.end().compose(v -> Future.all(parts)).<List<Upload>>map(all -> all.list()).onComplete(this::finish);
        }

        private Future<Upload> save(Pipe<Buffer> source, String name, String contentType) {
            Path path = folder.resolve("upload-" + parts.size());
            return vertx.fileSystem().open(path.toString(), new OpenOptions().setCreateNew(true).setWrite(true))
                    .compose(file -> {
                        DigestingFile target = new DigestingFile(file, allowance);
                        return source.to(target).compose(v -> target.bytes() == 0
                                ? Future.failedFuture(new Rejected(Code.EMPTY_BODY, "Send the bytes of an image."))
                                : Future.succeededFuture(new Upload(path, name, contentType, target.bytes(), target.sha256(), started)));
                    });
        }

        private void watchForSilence() {
            AtomicLong seen = new AtomicLong(-1);
            long timer = vertx.setPeriodic(idleTimeout.toMillis(), id -> {
                if (seen.getAndSet(request.bytesRead()) == request.bytesRead()) {
                    done.tryFail(new Rejected(Code.UPLOAD_INCOMPLETE,
                            "Nothing came for %d s; send the upload again.".formatted(idleTimeout.toSeconds())));
                }
            });
            done.future().onComplete(r -> vertx.cancelTimer(timer));
        }

        void abandon() {
            context.runOnContext(v -> hangUp(request, vertx));
        }
    }

    /** Where the client may still be sending, hangs up once the answer had time to go out. Call before the answer, on the request's event loop. */
    public static void hangUp(HttpServerRequest request, Vertx vertx) {
        if (!request.isEnded() && request.version() != HttpVersion.HTTP_2) {
            request.pause();
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            vertx.setTimer(LINGER_MS, id -> request.connection().close());
        }
    }
}

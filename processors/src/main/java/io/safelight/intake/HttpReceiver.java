package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.SafelightException;
import io.safelight.error.Unavailable;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Event;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeParseEventException;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RawFieldParser;
import org.apache.james.mime4j.stream.RecursionMode;
import org.apache.james.mime4j.util.MimeParameterMapping;

/**
 * Takes the files out of an HTTP request whose body has not been read yet: one raw body, or the parts of
 * {@code multipart/form-data} that carry the wanted field's name. What arrives goes to the disk piece by piece.
 */
public final class HttpReceiver {
    /** Time for the answer to reach a client that is still sending, before its connection is closed under it. */
    private static final long LINGER_MS = 1_000;
    /** What boundaries and headers of parts come to. */
    private static final long MULTIPART_OVERHEAD = 64 * 1024;
    private static final int MOST_PART_HEADERS = 8 * 1024;
    private static final int PIECE = 16 * 1024;
    private static final MimeConfig FORM = new MimeConfig.Builder().setStrictParsing(true).setMaxLineLen(MOST_PART_HEADERS).setMaxHeaderLen(MOST_PART_HEADERS).build();

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
     * @return at least one upload, and at least one with a byte
     * @throws Rejected    where the request is at fault
     * @throws Unavailable where the disk is
     */
    public List<Upload> receive(HttpServerRequest request, String field, Path folder) {
        Context context = Vertx.currentContext();
        if (context == null) {
            throw new IllegalStateException("not on a thread of the request's context");
        }
        boolean multipart = mediaType(request).equals("multipart/form-data");
        long beside = multipart ? MULTIPART_OVERHEAD : 0;
        try {
            new Allowance(maxBytes, beside).take(announcedLength(request));
            RequestBody body = new RequestBody(request, context, idleTimeout, new Allowance(maxBytes, beside));
            List<Upload> uploads = multipart ? parts(request, body, field, folder)
                    : List.of(save(body, folder.resolve("upload-0"), null, request.getHeader(HttpHeaders.CONTENT_TYPE), new Allowance(maxBytes, 0)));
            if (uploads.isEmpty()) {
                throw new Rejected(Code.NO_FILE, "Send the image in the multipart field '%s'.".formatted(field));
            }
            if (uploads.stream().allMatch(upload -> upload.bytes() == 0)) {
                throw new Rejected(Code.EMPTY_BODY, "Send the bytes of an image.");
            }
            return uploads;
        } catch (SafelightException e) {
            context.runOnContext(v -> hangUp(request, context.owner()));
            throw e;
        }
    }

    /** 0 where it is not told. */
    private static long announcedLength(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The Content-Length header is not a number.");
        }
    }

    private static String mediaType(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
    }

    private List<Upload> parts(HttpServerRequest request, RequestBody body, String field, Path folder) {
        MimeTokenStream form = new MimeTokenStream(FORM);
        List<Upload> uploads = new ArrayList<>();
        Allowance files = new Allowance(maxBytes, 0);
        begin(form, request, body);
        for (Part part = next(form, false); part != null; part = next(form, true)) {
            boolean wanted = part.isFile() && part.field().equals(field);
            if (wanted && uploads.size() == maxFiles) {
                throw new Rejected(Code.MALFORMED_REQUEST, "Send at most %d files in one request.".formatted(maxFiles));
            }
            if (wanted) {
                uploads.add(save(form.getInputStream(), folder.resolve("upload-" + uploads.size()), part.name(), part.contentType(), files));
            } else {
                files.take(skip(form.getInputStream()));
            }
            if (body.bytes() - files.taken() > MULTIPART_OVERHEAD) {
                throw new Rejected(Code.MALFORMED_REQUEST, "The multipart body has too many parts, or too much between them.");
            }
        }
        skip(body);
        return uploads;
    }

    private static void begin(MimeTokenStream form, HttpServerRequest request, RequestBody body) {
        library(() -> {
            form.parseHeadless(body, request.getHeader(HttpHeaders.CONTENT_TYPE));
            if (form.getState() != EntityState.T_START_MULTIPART || form.getBodyDescriptor().getBoundary().isBlank()) {
                throw malformed(null);
            }
            // a form within a form is a part like any other
            form.setRecursionMode(RecursionMode.M_FLAT);
            return form;
        });
    }

    /** What a part says of itself. @param field and @param name may be null */
    private record Part(String field, String name, String contentType) {
        boolean isFile() {
            return field != null && name != null;
        }
    }

    /** @param begun whether there was a part before @return the next one, its bytes not read yet; null where there is no more */
    private static Part next(MimeTokenStream form, boolean begun) {
        return library(() -> {
            MimeParameterMapping disposition = new MimeParameterMapping();
            String contentType = null;
            for (EntityState state = advance(form, begun); state != EntityState.T_END_OF_STREAM; state = advance(form, begun)) {
                if (state == EntityState.T_FIELD && form.getField().getNameLowerCase().equals("content-disposition")) {
                    RawFieldParser.DEFAULT.parseRawBody(RawFieldParser.DEFAULT.parseField(form.getField().getRaw())).getParams()
                            .forEach(parameter -> disposition.addParameter(parameter.getName(), parameter.getValue()));
                } else if (state == EntityState.T_FIELD && form.getField().getNameLowerCase().equals("content-type")) {
                    contentType = form.getField().getBody();
                } else if (state == EntityState.T_BODY) {
                    return new Part(disposition.get("name"), disposition.get("filename"), contentType);
                }
            }
            return null;
        });
    }

    private static EntityState advance(MimeTokenStream form, boolean begun) throws IOException, MimeException {
        try {
            return form.next();
        } catch (MimeParseEventException e) {
            if (begun && e.getEvent() == Event.MIME_BODY_PREMATURE_END) {
                throw incomplete(e);
            }
            throw e;
        }
    }

    private interface Call<T> {
        T answer() throws IOException, MimeException;
    }

    /** Whatever it meets is in what was sent; headers that it did not think of end in exceptions of any kind. */
    private static <T> T library(Call<T> call) {
        try {
            return call.answer();
        } catch (SafelightException e) {
            throw e;
        } catch (IOException | MimeException | RuntimeException e) {
            throw malformed(e);
        }
    }

    private static Rejected malformed(Exception cause) {
        return new Rejected(Code.MALFORMED_REQUEST, "The multipart body cannot be read; check its boundary and the length of its headers.", cause);
    }

    private static Rejected incomplete(Exception cause) {
        return new Rejected(Code.UPLOAD_INCOMPLETE, "The multipart body ends in the midst of a part; send it again.", cause);
    }

    private static Upload save(InputStream in, Path file, String name, String contentType, Allowance allowance) {
        Instant started = Instant.now();
        MessageDigest sha256 = Digests.sha256();
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), sha256)) {
            for (int read = read(in, piece); read >= 0; read = read(in, piece)) {
                allowance.take(read);
                out.write(piece, 0, read);
                bytes += read;
            }
        } catch (IOException e) {
            throw new Unavailable("The upload could not be written to disk.", e);
        }
        return new Upload(file, name, contentType, bytes, Digests.hex(sha256), started);
    }

    /** @return how many bytes there were */
    private static long skip(InputStream in) {
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        for (int read = read(in, piece); read >= 0; read = read(in, piece)) {
            bytes += read;
        }
        return bytes;
    }

    private static int read(InputStream in, byte[] piece) {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw incomplete(e);
        }
    }

    /** Where the client may still be sending, hangs up once the answer had time to go out. Call before the answer, on the request's event loop. */
    public static void hangUp(HttpServerRequest request, Vertx vertx) {
        if (!request.isEnded() && request.version() != HttpVersion.HTTP_2) {
            request.pause();
            if (!request.response().headWritten()) {
                request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            }
            vertx.setTimer(LINGER_MS, id -> request.connection().close());
        }
    }
}

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
import org.apache.commons.fileupload.FileItemIterator;
import org.apache.commons.fileupload.FileItemStream;
import org.apache.commons.fileupload.FileUpload;
import org.apache.commons.fileupload.FileUploadException;
import org.apache.commons.fileupload.InvalidFileNameException;
import org.apache.commons.fileupload.UploadContext;

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
        FileUpload multipart = new FileUpload();
        multipart.setHeaderEncoding(StandardCharsets.UTF_8.name());
        multipart.setPartHeaderSizeMax(MOST_PART_HEADERS);
        List<Upload> uploads = new ArrayList<>();
        Allowance files = new Allowance(maxBytes, 0);
        FileItemIterator parts = library(() -> multipart.getItemIterator(new Form(request.getHeader(HttpHeaders.CONTENT_TYPE), body)));
        while (library(parts::hasNext)) {
            FileItemStream part = library(parts::next);
            boolean wanted = !part.isFormField() && part.getFieldName().equals(field);
            if (wanted && uploads.size() == maxFiles) {
                throw new Rejected(Code.MALFORMED_REQUEST, "Send at most %d files in one request.".formatted(maxFiles));
            }
            // never closed: that would read to its end, also where nothing comes any more or the disk is full
            InputStream bytes = library(part::openStream);
            if (wanted) {
                uploads.add(save(bytes, folder.resolve("upload-" + uploads.size()), name(part), part.getContentType(), files));
            } else {
                skip(bytes, files);
            }
            if (body.bytes() - files.taken() > MULTIPART_OVERHEAD) {
                throw new Rejected(Code.MALFORMED_REQUEST, "The multipart body has too many parts, or too much between them.");
            }
        }
        skip(body, new Allowance(maxBytes, MULTIPART_OVERHEAD));
        return uploads;
    }

    private interface Call<T> {
        T answer() throws IOException, FileUploadException;
    }

    /** Whatever it meets is in what was sent; headers that it did not think of end in exceptions of any kind. */
    private static <T> T library(Call<T> call) {
        try {
            return call.answer();
        } catch (SafelightException e) {
            throw e;
        } catch (IOException | FileUploadException | RuntimeException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, "The multipart body cannot be read; check its boundary and the length of its headers.", e);
        }
    }

    private static String name(FileItemStream part) {
        try {
            return part.getName();
        } catch (InvalidFileNameException e) {
            return e.getName();
        }
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

    private static void skip(InputStream in, Allowance allowance) {
        byte[] piece = new byte[PIECE];
        for (int read = read(in, piece); read >= 0; read = read(in, piece)) {
            allowance.take(read);
        }
    }

    private static int read(InputStream in, byte[] piece) {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw new Rejected(Code.UPLOAD_INCOMPLETE, "The multipart body ends in the midst of a part; send it again.", e);
        }
    }

    /** As the library asks for it. */
    private record Form(String contentType, RequestBody body) implements UploadContext {
        @Override
        public String getCharacterEncoding() {
            return StandardCharsets.UTF_8.name();
        }

        @Override
        public String getContentType() {
            return contentType;
        }

        @Override
        public int getContentLength() {
            return -1;
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public InputStream getInputStream() {
            return body;
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

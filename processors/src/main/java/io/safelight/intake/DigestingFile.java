package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;

/** A file being written: counts and digests what passes, and refuses to grow beyond a limit. */
final class DigestingFile implements WriteStream<Buffer> {
    private final AsyncFile file;
    private final long limit;
    private final MessageDigest sha256 = Digests.sha256();
    private long bytes;

    DigestingFile(AsyncFile file, long limit) {
        this.file = file;
        this.limit = limit;
    }

    long bytes() {
        return bytes;
    }

    /** Call once, at the end. */
    String sha256() {
        return Digests.hex(sha256);
    }

    static Rejected tooLarge(long limit) {
        return new Rejected(Code.TOO_LARGE, "An upload may have at most %d bytes.".formatted(limit));
    }

    @Override
    public Future<Void> write(Buffer data) {
        bytes += data.length();
        if (bytes > limit) {
            return Future.failedFuture(tooLarge(limit));
        }
        sha256.update(data.getBytes());
        return file.write(data);
    }

    @Override
    public void write(Buffer data, Handler<io.vertx.core.AsyncResult<Void>> handler) {
        write(data).onComplete(handler);
    }

    @Override
    public WriteStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
        file.exceptionHandler(handler);
        return this;
    }

    @Override
    public void end(Handler<io.vertx.core.AsyncResult<Void>> handler) {
        file.end(handler);
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
        file.setWriteQueueMaxSize(maxSize);
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return file.writeQueueFull();
    }

    @Override
    public WriteStream<Buffer> drainHandler(Handler<Void> handler) {
        file.drainHandler(handler);
        return this;
    }
}

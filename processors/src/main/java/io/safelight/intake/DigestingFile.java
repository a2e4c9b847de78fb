package io.safelight.intake;

import io.safelight.error.Unavailable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;

/** A file being written: counts and digests what passes, and refuses to grow beyond what is allowed. */
final class DigestingFile implements WriteStream<Buffer> {
    private final AsyncFile file;
    private final Allowance allowance;
    private final MessageDigest sha256 = Digests.sha256();
    private long bytes;
    private boolean refused;

    DigestingFile(AsyncFile file, Allowance allowance) {
        this.file = file;
        this.allowance = allowance;
    }

    long bytes() {
        return bytes;
    }

    /** Call once, at the end. */
    String sha256() {
        return Digests.hex(sha256);
    }

    @Override
    public Future<Void> write(Buffer data) {
        bytes += data.length();
        refused |= !allowance.take(data.length());
        if (refused) {
            return Future.failedFuture(allowance.exceeded());
        }
        sha256.update(data.getBytes());
        return file.write(data).recover(e -> Future.failedFuture(new Unavailable("The upload could not be written to disk.", e)));
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
        // a pipe asks once more after a write that failed, and has closed the file by then
        return !refused && file.writeQueueFull();
    }

    @Override
    public WriteStream<Buffer> drainHandler(Handler<Void> handler) {
        file.drainHandler(handler);
        return this;
    }
}

package io.safelight.intake;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The bytes of a request's body as they arrive, for a thread of its context other than the event loop. While that does not read, the connection stands still. */
final class RequestBody extends InputStream {
    /** Buffers on their way, of 8 KB as Vert.x cuts them. Half of them are asked for at a time: each asking wakes the event loop. */
    private static final int AHEAD = 16;
    private static final Object END = new Object();
    /** Of an event loop that turns; one that has ended at a stop never does. */
    private static final Duration LONGEST_TURN = Duration.ofMinutes(1);

    private final HttpServerRequest request;
    private final Context context;
    private final Duration idleTimeout;
    private final Allowance allowance;
    private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
    private Buffer buffer = Buffer.buffer();
    private int at;
    private int taken;
    private boolean ended;

    /** @param request paused, and not read yet */
    RequestBody(HttpServerRequest request, Context context, Duration idleTimeout, Allowance allowance) {
        this.request = request;
        this.context = context;
        this.idleTimeout = idleTimeout;
        this.allowance = allowance;
        context.runOnContext(v -> begin());
    }

    private void begin() {
        try {
            if (request.response().closed()) {
                throw new IllegalStateException("the client has gone");
            }
            if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
                request.response().writeContinue();
            }
            request.exceptionHandler(arrived::add).endHandler(v -> arrived.add(END)).handler(arrived::add).fetch(AHEAD);
        } catch (RuntimeException e) {
            arrived.add(e);
        }
    }

    /** Read so far. */
    long bytes() {
        return allowance.taken();
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /**
     * @throws Rejected where nothing comes any more, where the client went away, and where there is more than is allowed
     * @throws Unavailable where this process ends
     */
    @Override
    public int read(byte[] to, int from, int length) {
        while (at == buffer.length()) {
            if (ended || !next()) {
                return -1;
            }
        }
        int count = Math.min(length, buffer.length() - at);
        buffer.getBytes(at, at + count, to, from);
        at += count;
        return count;
    }

    private boolean next() {
        switch (await()) {
            case Buffer more -> {
                buffer = more;
                at = 0;
                allowance.take(more.length());
                if (++taken % (AHEAD / 2) == 0) {
                    context.runOnContext(v -> request.fetch(AHEAD / 2));
                }
            }
            case Throwable cause -> throw new Rejected(Code.UPLOAD_INCOMPLETE, "The upload broke off; send it again.", cause);
            default -> ended = true;
        }
        return !ended;
    }

    private Object await() {
        try {
            Object next = arrived.poll(idleTimeout.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                // it may be this process that stood still, with what its client has sent before it
                awaitTurn();
                next = arrived.poll();
            }
            if (next == null) {
                throw new Rejected(Code.UPLOAD_INCOMPLETE, "Nothing came for %d s; send the upload again.".formatted(idleTimeout.toSeconds()));
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unavailable("This process ends; send the upload again.", e);
        }
    }

    /** In which the event loop has read its sockets. A timer that it sets itself it looks at after these, a mere task perhaps before. */
    private void awaitTurn() throws InterruptedException {
        var turn = new CountDownLatch(1);
        context.runOnContext(v -> context.owner().setTimer(1, timer -> turn.countDown()));
        turn.await(LONGEST_TURN.toSeconds(), TimeUnit.SECONDS);
    }
}

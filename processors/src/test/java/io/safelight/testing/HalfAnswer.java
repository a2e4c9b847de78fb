package io.safelight.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Answers one request with the headers and half of the body, and then says nothing more, as does a server whose node dies. */
public final class HalfAnswer implements AutoCloseable {
    private final ServerSocket socket;
    private final CountDownLatch hungUp = new CountDownLatch(1);

    public HalfAnswer() {
        try {
            socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::answer);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    private void answer() {
        try (Socket client = socket.accept()) {
            client.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"half\":".getBytes(StandardCharsets.US_ASCII));
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // the client is gone, or the test is over
        }
        hungUp.countDown();
    }

    /** @return when the client has closed its connection; false where it does not within a minute */
    public boolean awaitHangUp() throws InterruptedException {
        return hungUp.await(1, TimeUnit.MINUTES);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

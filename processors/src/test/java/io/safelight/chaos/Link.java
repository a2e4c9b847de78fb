package io.safelight.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The way to a server: a port of its own before the server's, which can be cut and made slow. */
public final class Link implements AutoCloseable {
    private static final int CHUNK = 16_384;

    private final ServerSocket door;
    private final InetSocketAddress server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile Duration delay = Duration.ZERO;

    public Link(int serverPort) throws IOException {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        door = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("link to " + serverPort).start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    public void cut() {
        cut = true;
        open.forEach(Link::reset);
    }

    /** @param delay of every piece of data, either way */
    public void slow(Duration delay) {
        this.delay = delay;
    }

    public void mend() {
        cut = false;
        delay = Duration.ZERO;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                // closed, or a client that is gone again
            }
        }
    }

    private void connect(Socket client) {
        Socket behind = new Socket();
        open.add(client);
        open.add(behind);
        try {
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            behind.connect(server);
            Thread back = Thread.ofVirtual().start(() -> pump(behind, client));
            pump(client, behind);
            back.join();
        } catch (IOException e) {
            // the server is not there: so is the link
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            reset(client);
            reset(behind);
            open.remove(client);
            open.remove(behind);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] chunk = new byte[CHUNK];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                if (cut) {
                    throw new IOException("cut");
                }
                if (delay.isPositive()) {
                    Thread.sleep(delay);
                }
                out.write(chunk, 0, length);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            reset(from);
            reset(to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Without a farewell, as a broken network is. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // closed already
        }
        try {
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        open.forEach(Link::reset);
    }
}

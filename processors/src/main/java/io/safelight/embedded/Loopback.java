package io.safelight.embedded;

import io.safelight.error.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** The only interface an embedded server listens on. */
final class Loopback {
    static final String HOST = "127.0.0.1";

    private Loopback() {}

    /**
     * A port that can be bound.
     *
     * @param port the wanted one; 0 for any
     * @param key  the configuration key it came from
     * @throws Fault if the wanted port is taken
     */
    static int port(int port, String key) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(HOST), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new Fault("Port " + port + " on " + HOST + " cannot be used (" + e.getMessage()
                    + "): stop what listens there, or set " + key + " to another port; 0 takes any free one.", e);
        }
    }
}
